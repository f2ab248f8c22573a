#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""listen=, provision=, password-secret= and quirk= of the device: AMT's web server at this host's ports.

    server_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import os
import shutil
import socket
import subprocess
import sys

from module_test import TIMEOUT, bare, equal, main, refused
from power_test import PASSWORD, machine

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from serving import Connection, authorization, challenge  # noqa: E402  pylint: disable=C0413

SECRET = ("-object", f"secret,id=word,data={PASSWORD}")


def port_of(console):
    return int(console.url.split(":")[2].split("/")[0])


def fetch(url, *words):
    """What curl makes of it: HTTP's status, 000 where there is none."""
    done = subprocess.run([shutil.which("curl"), "-s", "-k", "-o", "/dev/null", "-w", "%{http_code}",
                           "--noproxy", "*", "--max-time", str(TIMEOUT), *words, url],
                          capture_output=True, text=True, timeout=2 * TIMEOUT, check=False)
    return done.stdout


def test_curl_gets_the_page_whatever_the_machine_does(scratch):
    console, vm = machine(scratch)
    port = port_of(console)

    def look(when):
        for url in (f"http://127.0.0.1:{port}/index.htm", f"https://127.0.0.1:{port + 1}/index.htm"):
            equal(fetch(url, "--digest", "-u", f"admin:{PASSWORD}"), "200", f"{url}, {when}")
            equal(fetch(url, "--digest", "-u", "admin:wrong"), "401", f"{url}, {when}")

    with vm:
        look("running")
        vm.qmp("stop")
        look("paused")
        vm.qmp("cont")
        equal(console.request(8), 0, "off")
        vm.wait_event("STOP", lambda _: vm.qmp("query-status")["status"] == "shutdown")
        look("off")
        equal(console.request(2), 0, "on")
        vm.wait_event("RESUME")
        look("on again")


def test_what_is_not_set_up_is_not_there(scratch):
    console, vm = machine(scratch, set_up="")
    with vm:
        for port in range(port_of(console), port_of(console) + 4):
            equal(fetch(f"http://127.0.0.1:{port}/"), "000", f"port {port}")


def test_client_mode_and_the_quirk(scratch):
    console, vm = machine(scratch, set_up=",provision=client,password-secret=word,quirk=cve-2017-5689")
    with vm:
        for response, status in (("", 200), ("0" * 32, 401)):
            with Connection(port_of(console)) as c:
                given = challenge(c.request("GET", "/index.htm"))
                answer = c.request("GET", "/index.htm", b"",
                                   authorization(given, "GET", "/index.htm", response=response))
                equal(answer.status, status, f"response '{response}'")


def test_without_the_quirk_an_empty_response_is_wrong(scratch):
    console, vm = machine(scratch)
    with vm, Connection(port_of(console)) as c:
        given = challenge(c.request("GET", "/index.htm"))
        equal(c.request("GET", "/index.htm", b"", authorization(given, "GET", "/index.htm",
                                                                response="")).status, 401, "status")


def test_errors_are_one_line(_):
    weak = ("-object", "secret,id=word,data=secret")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for options, args, said in (
                ("listen=nowhere", (), "is no place to listen"),
                ("listen=127.0.0.1:70000", (), "is no place to listen"),
                (f"listen=127.0.0.1:{port},provision=admin,password-secret=word", SECRET,
                 f"{port}.*in use"),
                ("provision=owner", (), "none, client or admin"),
                ("provision=admin", (), "wants a password"),
                ("provision=admin,password-secret=word", (), "word"),
                ("provision=admin,password-secret=word", weak, "AMT does not take that password"),
                ("password-secret=word", SECRET, "provision=client or admin"),
                ("quirk=cve-0", (), "cve-2017-5689"),
                ("amt=off,listen=127.0.0.1:0", (), "has no AMT"),
                ("amt=off,provision=admin,password-secret=word", SECRET, "has no AMT")):
            try:
                refused(bare(*args, "-device", f"intel-mei,{options}"), 1, said)
            except AssertionError as error:
                raise AssertionError(f"{options}: {error}") from error


if __name__ == "__main__":
    sys.exit(main(globals()))
