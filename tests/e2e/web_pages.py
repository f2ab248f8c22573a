#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's pages for people, without a browser: what forms do, and for whom, and what they do not.

    web_pages.py SWME

Prints TAP.
"""
import html
import os
import re
import sys
import tempfile
import urllib.parse

from serving import PASSWORD, Connection, Serve, authorization, challenge, equal, main

SWME = sys.argv[1]
SCRATCH = tempfile.mkdtemp(prefix="swme-web-")
PAGES = ("index.htm hw-sys.htm hw-proc.htm hw-mem.htm hw-disk.htm events.htm remote.htm power.htm "
         "ip.htm fqdn.htm acl.htm").split()
DONE, REFUSED, INVALID, STALE = "result=0", "result=1", "result=2", "result=3"
OTHER = "Other1!pass"


def serve(*options, **kwargs):
    return Serve(SWME, SCRATCH, *options, **kwargs)


class Browser:
    """One user on one connection."""

    def __init__(self, port, user="admin", password=PASSWORD):
        self.connection = Connection(port)
        self.login = {"user": user, "password": password}
        self.given, self.count = None, 0

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.connection.__exit__(*how)

    def ask(self, method, path, body=b""):
        self.given = self.given or challenge(self.connection.request("GET", "/index.htm"))
        self.count += 1
        return self.connection.request(
            method, path, body,
            authorization(self.given, method, path, nc=self.count, **self.login))

    def page(self, name):
        answer = self.ask("GET", f"/{name}")
        equal(answer.status, 200, name)
        return answer.body.decode()

    def send(self, page, to, token=None, **fields):
        """A form of that page; where the browser is led."""
        if token is None:
            token = re.search(r'name="t" value="([^"]*)"', self.page(page)).group(1)
        body = urllib.parse.urlencode({"t": html.unescape(token), **fields}).encode()
        answer = self.ask("POST", f"/{to}", body)
        equal(answer.status, 303, f"status of {to}")
        return answer.header("Location")


def rows(text):
    """Label and value of each row of two cells."""
    return {html.unescape(a): html.unescape(b) for a, b in
            re.findall(r'<td class="r1">([^<]*)</td><td class="r1">([^<]*)</td></tr>', text)}


def becomes(browser, power):
    """The host's state is another a moment after it was asked for, never within the answer."""
    for _ in range(200):
        state = rows(browser.page("index.htm"))["Power"]
        if state == power:
            return
    raise AssertionError(f"power: {state}, not {power}")


def test_each_page_is_there_and_leads_to_all_others():
    with serve() as s, Browser(s.port) as b:
        for name in PAGES:
            text = b.page(name)
            equal(re.findall(r'<a href="/([^"]*)"', text), PAGES, f"menu of {name}")
            equal((text.count("aria-current=page"), text.count("<h1>"), text[-8:]), (1, 1, "</html>\n"),
                  name)
            for label in re.findall(r"<input (?!type=\"(?:hidden|submit))[^>]*>", text):
                at = text.index(label)
                equal(text.rfind("<label>", 0, at) > text.rfind("</label>", 0, at), True,
                      f"label of {label}")
        status = rows(b.page("index.htm"))
        equal((status["Power"], status["System ID"]), ("On", s.ready["instances"][0]["uuid"]), "status")
        equal("Manufacturer" in b.page("hw-sys.htm"), True, "what scanners look for")


def test_hardware_in_words():
    """Of the machine that swme serve makes up."""
    with serve() as s, Browser(s.port) as b:
        text = b.page("hw-proc.htm")
        part = rows(text)
        equal((part["Status"], part["Upgrade method"]), ("Enabled", "None"), "the processor")
        equal([name in text for name in ("Chip 1", "Processor 1", "Chip 2")], [True, True, False], "no module among them")
        module = rows(b.page("hw-mem.htm"))
        equal((module["Form factor"], module["Type"], module["Size"]), ("DIMM", "DDR4", "2048 MB"), "the module")


def test_nobody_sees_a_page_or_sends_a_form_without_logging_in():
    with serve() as s, Connection(s.port) as c:
        for name in PAGES:
            equal(c.request("GET", f"/{name}").status, 401, name)
        for name in ("remoteform", "userform", "ipform", "fqdnform", "powerform", "eventsform"):
            equal(c.request("POST", f"/{name}", b"a=b").status, 401, name)
        with Browser(s.port) as b:
            equal(b.ask("GET", "/remoteform").status, 405, "GET of a form")
            equal(b.ask("POST", "/remote.htm", b"a=b").status, 405, "POST of a page")


def test_power():
    with serve() as s, Browser(s.port) as b:
        equal(b.send("remote.htm", "remoteform", amt_html_rc_radio_group=1), f"/remote.htm?{DONE}", "off")
        becomes(b, "Off")
        text = b.page("remote.htm")
        equal(re.findall(r'rc_radio_group" value="(\d)"', text), ["2"], "what can be done to it")
        equal(b.send("remote.htm", "remoteform", amt_html_rc_radio_group=4), f"/remote.htm?{REFUSED}",
              "reset while off")
        equal("did not do that" in b.page(f"remote.htm?{REFUSED}"), True, "which is said")
        equal(b.send("remote.htm", "remoteform", amt_html_rc_radio_group=2, amt_html_rc_boot_special=4),
              f"/remote.htm?{DONE}", "on, from the network")
        becomes(b, "On")
        equal(b.send("remote.htm", "remoteform"), f"/remote.htm?{INVALID}", "nothing chosen")


def test_a_form_is_sent_once_and_by_whom_it_was_shown_to():
    with serve() as s, Browser(s.port) as b:
        token = re.search(r'name="t" value="([^"]*)"', b.page("remote.htm")).group(1)
        stale = f"/remote.htm?invreq&{STALE}"
        equal(b.send("", "remoteform", token="", amt_html_rc_radio_group=1), stale, "no token")
        equal(b.send("", "remoteform", token="0" * 32 + "admin", amt_html_rc_radio_group=1), stale, "invented")
        b.send("acl.htm", "userform", command=1, UserName="other", UserPwd=OTHER, UserPwd2=OTHER, realm5=1)
        with Browser(s.port, "other", OTHER) as o:
            equal(o.send("", "remoteform", token=token, amt_html_rc_radio_group=1), stale, "another's")
        equal(rows(b.page("index.htm"))["Power"], "On", "nothing happened")
        equal(b.send("", "remoteform", token=token, amt_html_rc_radio_group=1), f"/remote.htm?{DONE}", "its own")
        equal(b.send("", "remoteform", token=token, amt_html_rc_radio_group=2), stale, "twice")
        for _ in range(70):  # pages that are shown and left alone
            b.page("fqdn.htm")


def test_a_user_does_what_the_realms_allow():
    with serve() as s, Browser(s.port) as b:
        equal(b.send("acl.htm", "userform", command=1, UserName="reader", UserPwd=OTHER, UserPwd2=OTHER,
                     realm19=1), f"/acl.htm?{DONE}", "added")
        equal(">reader</h2>\n<p>Enabled. Event log reader</p>" in b.page("acl.htm"), True, "shown")
        with Browser(s.port, "reader", OTHER) as r:
            equal("the BIOS started" in r.page("events.htm"), True, "the log is read")
            equal("may not see" in r.page("acl.htm"), True, "accounts are not")
            equal(r.send("remote.htm", "remoteform", amt_html_rc_radio_group=4),
                  f"/remote.htm?{REFUSED}", "reset")
            equal(r.send("fqdn.htm", "fqdnform", host="mine", domain=""), f"/fqdn.htm?{REFUSED}", "name")
        handle = re.search(r'name="handle" value="(\d+)"', b.page("acl.htm")).group(1)
        equal(b.send("acl.htm", "userform", command="disable", handle=handle), f"/acl.htm?{DONE}", "off")
        with Browser(s.port, "reader", OTHER) as r:
            equal(r.ask("GET", "/events.htm").status, 401, "who is switched off")
        equal(b.send("acl.htm", "userform", command="remove", handle=handle), f"/acl.htm?{DONE}", "removed")
        equal(">reader<" in b.page("acl.htm"), False, "gone")
        equal(b.send("acl.htm", "userform", command="remove", handle=handle), f"/acl.htm?{REFUSED}", "twice")
        for name, first, second in (("x", "short", "short"), ("x", OTHER, OTHER + "!"), ("a:b", OTHER, OTHER)):
            where = b.send("acl.htm", "userform", command=1, UserName=name, UserPwd=first, UserPwd2=second)
            equal(where in (f"/acl.htm?{INVALID}", f"/acl.htm?{REFUSED}"), True, (name, first, second))
        equal(b.send("acl.htm", "userform", command="dance", handle="1"), f"/acl.htm?{INVALID}", "what is no command")


def test_events():
    with serve() as s, Browser(s.port) as b:
        equal("the BIOS started" in b.page("events.htm"), True, "a record")
        equal(b.send("events.htm", "eventsform", command="stop"), f"/events.htm?{DONE}", "stopped")
        equal("the log is stopped" in b.page("events.htm"), True, "which is said")
        equal(b.send("events.htm", "eventsform", command="clear"), f"/events.htm?{REFUSED}", "cleared while stopped")
        equal(b.send("events.htm", "eventsform", command="start"), f"/events.htm?{DONE}", "started")
        equal(b.send("events.htm", "eventsform", command="clear"), f"/events.htm?{DONE}", "cleared")
        equal("<p>0 events.</p>" in b.page("events.htm"), True, "empty")


def test_names_and_addresses():
    with serve() as s, Browser(s.port) as b:
        equal(b.send("fqdn.htm", "fqdnform", host="desk", domain="example.org"), f"/fqdn.htm?{DONE}", "name")
        equal("Computer: desk.example.org" in b.page("index.htm"), True, "above each page")
        b.send("fqdn.htm", "fqdnform", host="<b>&\"'", domain="")
        equal("<b>&" in b.page("fqdn.htm"), False, "a name that is HTML")
        where = b.send("ip.htm", "ipform", dhcp=0, ip="192.0.2.9", mask="255.255.255.0",
                       gateway="192.0.2.1", dns1="192.0.2.53", dns2="")
        equal(where, f"/ip.htm?{DONE}", "address")
        have = rows(b.page("ip.htm"))
        equal((have["IP address"], have["Gateway"]), ("192.0.2.9", "192.0.2.1"), "shown")
        equal(rows(b.page("index.htm"))["IP address"], "192.0.2.9", "on the first page too")
        equal('name="ping" value="1">' in b.page("ip.htm"), True, "no answer to ping")
        equal(b.send("ip.htm", "ipform", dhcp=0, ip="here", ping=1), f"/ip.htm?{REFUSED}", "no address")
        equal('name="ping" value="1">' in b.page("ip.htm"), True, "and what came with it is refused, too")
        equal(b.send("ip.htm", "ipform"), f"/ip.htm?{INVALID}", "neither way")
        equal(b.send("power.htm", "powerform", scheme="SCHEME 1"), f"/power.htm?{DONE}", "policy")
        equal('value="SCHEME 1" checked' in b.page("power.htm"), True, "shown")
        equal(b.send("power.htm", "powerform", scheme="SCHEME 9"), f"/power.htm?{REFUSED}", "no such policy")


def test_the_pages_are_switched_off_and_on_by_a_console():
    uri = "http://intel.com/wbem/wscim/1/amt-schema/1/AMT_WebUIService"
    body = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header>'
            f'<a:Action>{uri}/RequestStateChange</a:Action><w:ResourceURI>{uri}</w:ResourceURI></s:Header>'
            f'<s:Body><n:RequestStateChange_INPUT xmlns:n="{uri}"><n:RequestedState>%s</n:RequestedState>'
            '</n:RequestStateChange_INPUT></s:Body></s:Envelope>')
    with serve() as s, Browser(s.port) as b:
        for state, result, page in (("3", b"0", 404), ("7", b"5", 404), ("2", b"0", 200)):
            answer = b.ask("POST", "/wsman", (body % state).encode())
            equal(re.search(rb"ReturnValue>(\d+)<", answer.body).group(1), result, f"state {state}")
            for path in ("/index.htm", "/logon.htm"):
                equal(b.ask("GET", path).status, page, f"{path}, state {state}")
            equal(b.ask("GET", "/").status, 303, "for scanners, always")


def test_forms_that_are_none():
    with serve() as s, Browser(s.port) as b:
        for body in (b"", b"=", b"&&&", b"%", b"t", b"t=%00", b"\x00\xff", b"a=" + b"x" * 200000):
            answer = b.ask("POST", "/userform", body)
            equal((answer.status, answer.header("Location")), (303, f"/acl.htm?invreq&{STALE}"), body[:9])
        equal(b.ask("POST", "/userform", b"x" * 300000).status, 413, "a form of 300 kB")


if __name__ == "__main__":
    code = main(globals())
    for name_ in os.listdir(SCRATCH):
        os.unlink(os.path.join(SCRATCH, name_))
    os.rmdir(SCRATCH)
    sys.exit(code)
