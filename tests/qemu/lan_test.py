#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The ME's own network card (netdev=) in the distribution's own QEMU, with Linux's own network, curl,
ping and dnsmasq at the other end of the cable.

    lan_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP. Runs itself in a network namespace of its own, which ends with it: taps need no cleaning
up, and an ordinary user who may make user namespaces can run it.
"""
import hashlib
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from module_test import SWME, TIMEOUT, Machine, bare, equal, main, refused, run  # noqa: F401

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
TAP = "me-tap0"
ME, HERE = "192.0.2.2", "192.0.2.1"
PEERS = [f"192.0.2.{10 + number}" for number in range(5)]
MAC = "02:11:22:33:44:55"
ECHO = 7
PRESENCE = bytes.fromhex("06000006000011be805a0000")
PM_BASE = 0x600
SLEEP, S3, S5 = 1 << 13, 1 << 10, 0


def program(name):
    return shutil.which(name, path=PATH)


def ip(*words):
    subprocess.run([program("ip"), *words], check=True, capture_output=True)


@contextmanager
def cable(scratch, options=f",ip={ME}/24", args=(), extra=(), share=None):
    """A machine whose ME hangs on a tap, at whose end is Linux; or shares a card there."""
    ip("tuntap", "add", TAP, "mode", "tap")
    try:
        for address in (HERE, *PEERS):
            ip("addr", "add", f"{address}/24", "dev", TAP)
        ip("link", "set", TAP, "up")
        net = args or ("-netdev", f"tap,id=n0,ifname={TAP},script=no,downscript=no")
        netdev = f",share={share}" if share else f",mac={MAC}" if args else f",mac={MAC},netdev=n0"
        with Machine(scratch, device=f"intel-mei,id=me0,addr=16.0,echo=on{netdev}{options}",
                     args=(*net, *extra), env={"TMPDIR": scratch}) as vm:
            yield vm
    finally:
        ip("link", "del", TAP)
    equal([name for name in os.listdir(scratch) if name.startswith("swme-lan")], [], "left behind")


def ping(address=ME, count=3, wait=TIMEOUT // 2):
    """How many of them came back, within so many seconds (-W waits but two round trips for the last).
    With -w there are more of them until so many are back, which on a busy machine come all at once."""
    done = subprocess.run([program("ping"), "-n", "-c", str(count), "-i", "0.01", "-w", str(wait),
                           address], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    return min(int(done.stdout.split(" received")[0].split()[-1]), count)


def connect(address=ME, port=ECHO, source=None):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(TIMEOUT)
    if source:
        sock.bind(source)
    sock.connect((address, port))
    return sock


def echo(sock, size, seed=b"x"):
    """Sends so much, shuts its half, and takes all back: the same."""
    data = hashlib.shake_128(seed).digest(min(size, 1 << 20))
    data = (data * (size // len(data) + 1))[:size]
    sender = threading.Thread(target=lambda: (sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
    sender.start()
    got = bytearray()
    while more := sock.recv(1 << 16):
        got += more
    sender.join()
    sock.close()
    equal(len(got), size, "bytes")
    if bytes(got) != data:
        raise AssertionError("other bytes came back")


def small_talk(address=ME, source=None):
    with connect(address, source=source) as sock:
        echo(sock, 1000)


# ---- frames ----

def test_ping_and_presence(scratch):
    with cable(scratch):
        equal(ping(), 3, "pings")
        equal(ping("192.0.2.3", 1, 1), 0, "pings of nobody")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT)
            sock.sendto(PRESENCE, (ME, 623))
            pong, sender = sock.recvfrom(100)
        equal(sender, (ME, 623), "sender")
        equal((len(pong), pong[:12].hex(), pong[21] & 0x20), (28, "0600ff06000011be405a0010", 0x20),
              "pong")
        neighbours = subprocess.run([program("ip"), "neigh", "show", ME], capture_output=True,
                                    text=True, check=True).stdout
        equal(MAC in neighbours, True, "MAC address")


def test_a_peer_in_user_space(scratch):
    """-netdev socket; a hundred thousand frames that are none, and then it answers as before."""
    def arp(vm_port, sock):
        mac, me, here = bytes.fromhex(MAC.replace(":", "")), socket.inet_aton(ME), socket.inet_aton(HERE)
        own = bytes.fromhex("020000000009")
        sock.sendto(b"\xff" * 6 + own + bytes.fromhex("08060001080006040001") + own + here
                    + bytes(6) + me + bytes(18), ("127.0.0.1", vm_port))
        while True:
            frame = sock.recv(2000)
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2":
                equal((frame[:6], frame[22:28], frame[28:32], frame[38:42]), (own, mac, me, here),
                      "ARP reply")
                return

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, \
         socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        sock.settimeout(TIMEOUT)
        sock.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        vm_port = other.getsockname()[1]
        other.close()
        net = f"socket,id=n0,udp=127.0.0.1:{sock.getsockname()[1]},localaddr=127.0.0.1:{vm_port}"
        with Machine(scratch, device=f"intel-mei,netdev=n0,mac={MAC},ip={ME}/24,echo=on",
                     args=("-netdev", net), env={"TMPDIR": scratch}) as vm:
            arp(vm_port, sock)
            noise = hashlib.shake_256(b"noise").digest(1 << 20)
            head = bytes.fromhex(MAC.replace(":", "")) + bytes.fromhex("020000000009")
            for number in range(100000):
                at = number * 7919 % (len(noise) - 1600)
                kind = (b"", b"\x08\x06", b"\x08\0\x45", b"\x08\0\x46")[number % 4]
                sock.sendto(head + kind + noise[at:at + number % 1500], ("127.0.0.1", vm_port))
                if number % 200 == 199:
                    vm.qmp("query-status")  # so that what was sent is taken
            arp(vm_port, sock)


# ---- TCP ----

def test_echo_and_its_peers(scratch):
    with cable(scratch):
        small_talk()
        # As many as there are, at the same port, at once.
        socks = [connect(source=(peer, 33333)) for peer in PEERS]
        threads = [threading.Thread(target=echo, args=(sock, 1 << 20, peer.encode()))
                   for sock, peer in zip(socks, PEERS)]
        failures = []
        threading.excepthook = lambda failed: failures.append(failed.exc_value)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(failures, [], "failures")
        with connect() as sock:
            echo(sock, 16 << 20, b"bulk")
        for _ in range(100):
            small_talk()


def test_curl(scratch):
    """curl speaks telnet to the echo service."""
    with cable(scratch):
        done = subprocess.run([program("curl"), "-s", "--max-time", "30", f"telnet://{ME}:{ECHO}"],
                              input=b"what comes goes back\n", capture_output=True, timeout=TIMEOUT,
                              check=False)
        equal(done.stdout, b"what comes goes back\n", "output")


def test_amts_web_server(scratch):
    """As before set-up, which asks for a password, and as after it."""
    secret = ("-object", "secret,id=pw,data=P@ssw0rd")
    with cable(scratch, f",ip={ME}/24,provision=admin,password-secret=pw", extra=(*secret, "-no-shutdown")) as vm:
        def fetch(*words):
            done = subprocess.run([program("curl"), "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                   "--max-time", "30", *words, f"http://{ME}:16992/index.htm"],
                                  capture_output=True, text=True, timeout=TIMEOUT, check=False)
            return done.stdout

        for status in ("running", "shutdown"):
            equal(fetch(), "401", f"without a password, {status}")
            equal(fetch("--digest", "-u", "admin:P@ssw0rd"), "200", f"with it, {status}")
            if status == "running":
                sleep_as(vm, S5)
                vm.until("off", lambda: vm.qmp("query-status")["status"] == "shutdown")


def test_a_port_scan(scratch):
    with cable(scratch):
        open_ports = []
        for port in [*range(1, 1025), *range(16980, 17010)]:
            try:
                connect(port=port).close()
                open_ports.append(port)
            except ConnectionRefusedError:
                pass
        equal(open_ports[0], ECHO, "first open port")
        equal(set(open_ports[1:]) <= {623, 664, *range(16992, 16996)}, True, f"AMT's: {open_ports}")
        small_talk()


def test_slow_and_rude_peers(scratch):
    """Many that connect and say nothing, end at once, or do not read: others are served."""
    with cable(scratch):
        idle = [connect(source=(PEERS[number % 5], 0)) for number in range(150)]
        for _ in range(50):
            sock = connect()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()  # by a reset
        deaf = connect()
        deaf.setblocking(False)
        sent = 0
        while select.select([], [deaf], [], 1)[1]:
            sent += deaf.send(bytes(1 << 16))
        equal(sent < 32 << 20, True, "what was taken of it is bounded")
        small_talk()
        for sock in (*idle, deaf):
            sock.close()
        small_talk()


# ---- DHCP ----

@contextmanager
def dnsmasq(scratch, options=()):
    with subprocess.Popen(
            [program("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
             f"--interface={TAP}", "--bind-interfaces", "--dhcp-authoritative", "--no-ping",
             "--dhcp-range=192.0.2.50,192.0.2.60,2m", "--domain=example.net", "--log-facility=-",
             f"--dhcp-leasefile={scratch}/leases", "--user=root", "--pid-file=", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True) as server:
        try:
            yield server
        finally:
            server.terminate()


def until_line(server, part):
    """The address in the server's next line of that kind."""
    end = time.monotonic() + TIMEOUT
    for line in server.stderr:
        if part in line:
            return line.split(")")[1].split()[0]
        if time.monotonic() > end:
            break
    raise AssertionError(f"dnsmasq said nothing of {part}")


def test_dhcp(scratch):
    nvm = os.path.join(scratch, "nvm")
    for _ in range(2):  # the second time it asks for the address of the first
        with cable(scratch, f",ip=dhcp,nvm={nvm}") as vm, dnsmasq(scratch) as server:
            vm.qmp("set_link", name="me0", up=False)
            vm.qmp("set_link", name="me0", up=True)
            address = until_line(server, "DHCPACK")
            equal(address.startswith("192.0.2.5"), True, "address")
            small_talk(address)  # TCP tries again, and dnsmasq tells of an answer before it sends it
            equal(ping(address), 3, "pings")
            vm.qmp("set_link", name="me0", up=False)
            equal(ping(address, 1, 1), 0, "pings without a cable")
            vm.qmp("set_link", name="me0", up=True)
            equal(until_line(server, "DHCPACK"), address, "the same address")
            small_talk(address)
            equal(ping(address), 3, "pings")
            vm.qmp("quit")
            vm.process.wait(TIMEOUT)


# ---- other backends ----

def test_user(scratch):
    """libslirp at both ends, in one process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    net = f"user,id=n0,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:{ECHO}"
    with Machine(scratch, device="intel-mei,netdev=n0,echo=on", args=("-netdev", net),
                 env={"TMPDIR": scratch}):
        with connect("127.0.0.1", port) as sock:
            echo(sock, 4 << 20)
        for _ in range(20):
            small_talk_at("127.0.0.1", port)


def test_user_shared(scratch):
    """Behind a card that no guest drives, which takes no frames: the ME finds its address itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    net = f"user,id=n0,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:{ECHO}"
    with Machine(scratch, device="intel-mei,share=n0,echo=on", env={"TMPDIR": scratch},
                 args=("-netdev", net, "-device", "e1000,netdev=n0,romfile=")):
        with connect("127.0.0.1", port) as sock:
            echo(sock, 4 << 20)
        small_talk_at("127.0.0.1", port)


def small_talk_at(address, port):
    with connect(address, port) as sock:
        echo(sock, 1000)


def test_hub(scratch):
    """The guest's card and the ME's on one wire."""
    net = ("-netdev", f"tap,id=up,ifname={TAP},script=no,downscript=no",
           "-netdev", "hubport,id=h0,hubid=0,netdev=up", "-netdev", "hubport,id=h1,hubid=0",
           "-netdev", "hubport,id=h2,hubid=0", "-device", "e1000,netdev=h1,romfile=")
    with cable(scratch, f",ip={ME}/24,netdev=h2", net):
        equal(ping(), 3, "pings")
        with connect() as sock:
            echo(sock, 1 << 20)


# ---- when the guest does not run ----

def sleep_as(vm, kind):
    """What an operating system writes to go to sleep, into PIIX4's power management."""
    for offset, value in ((0x40, PM_BASE | 1), (0x80, 1)):
        vm.qtest(f"outl 0xcf8 {0x80000000 | 1 << 11 | 3 << 8 | offset}")
        vm.qtest(f"outl 0xcfc {value}")
    vm.qtest(f"outw {PM_BASE + 4} {kind | SLEEP}")


def works(sock):
    equal(ping(), 3, "pings")
    small_talk()
    sock.sendall(b"still there?")
    equal(sock.recv(100), b"still there?", "a connection from before")


def test_asleep_and_awake(scratch):
    with cable(scratch) as vm, connect() as sock:
        sleep_as(vm, S3)
        vm.wait_event("SUSPEND")
        vm.until("sleep", lambda: vm.qmp("query-status")["status"] == "suspended")
        works(sock)
        vm.qmp("system_wakeup")
        vm.until("waking", lambda: vm.qmp("query-status")["status"] == "running")
        works(sock)


def test_off_and_crashed(scratch):
    for extra, act, status in (
            (("-no-shutdown",), lambda vm: sleep_as(vm, S5), "shutdown"),
            (("-device", "pvpanic", "-action", "panic=pause"), lambda vm: vm.qtest("outb 0x505 1"),
             "guest-panicked")):
        with cable(scratch, extra=extra) as vm, connect() as sock:
            act(vm)
            vm.until(status, lambda: vm.qmp("query-status")["status"] == status)
            works(sock)
            with connect() as bulk:
                echo(bulk, 1 << 20)


def test_reset_and_paused(scratch):
    with cable(scratch) as vm, connect() as sock:
        vm.qmp("system_reset")
        works(sock)
        vm.qmp("stop")
        equal(ping(ME, 1, 1), 0, "pings of a machine that stands still")
        vm.qmp("cont")
        works(sock)


# ---- options ----

def test_what_is_refused(_):
    net = ("-netdev", f"socket,id=n0,udp=127.0.0.1:9,localaddr=127.0.0.1:0")
    refused(bare(*net, "-device", "intel-mei,netdev=n0,ip=192.0.2.2"), 1, "dhcp, or ADDRESS/BITS")
    refused(bare(*net, "-device", "intel-mei,netdev=n0,ip=192.0.2.2/24+10.0.0.1"), 1, "router")
    refused(bare(*net, "-device", "intel-mei,netdev=n0,mac=01:00:00:00:00:01"), 1, "mac")
    refused(bare(*net, "-device", "intel-mei,netdev=n0,amt=off"), 1, "netdev is AMT's")
    refused(bare("-device", "intel-mei,ip=192.0.2.2/24"), 1, "ip: .*netdev")
    refused(bare("-device", "intel-mei,netdev=n0"), 1, "n0")
    card = (*net, "-device", "e1000,netdev=n0,romfile=")
    refused(bare("-device", "intel-mei,share=n0"), 1, "share: no -netdev has the id 'n0'")
    alone = bare(*net, "-device", "intel-mei,share=n0")  # of which QEMU warns, too
    equal((alone.returncode, alone.stderr.splitlines()[-1].split(": ", 1)[1]),
          (1, "share: no card is on 'n0': give the guest one, as with -device e1000,netdev=n0"), "alone")
    refused(bare(*card, "-device", "intel-mei,share=n0,amt=off"), 1, "share is AMT's")
    refused(bare(*card, "-device", "intel-mei,share=n0,mac=02:00:00:00:00:01"), 1, "mac: .*guest")
    refused(bare(*card, "-device", "intel-mei,share=n0,ip=never"), 1, "dhcp, or ADDRESS/BITS")
    refused(bare(*card, "-device", "intel-mei,share=n0", "-device", "intel-mei,share=n0,addr=17.0"),
            1, "another ME has 'n0'")
    refused(bare(*net, "-device", "intel-mei,netdev=n0", "-device", "intel-mei,share=n0,addr=17.0"),
            1, "no card of the guest's")
    refused(bare(*net, "-netdev", "hubport,id=h0,hubid=0,netdev=n0", "-device", "intel-mei,share=n0"),
            1, "no card of the guest's")
    refused(bare(*net, "-netdev", "hubport,id=h0,hubid=0", "-device", "intel-mei,netdev=h0,share=n0"),
            1, "share and netdev exclude")


def test_shared_card_comes_and_goes(scratch):
    """The card may come after the ME, and go before it; the backend, too."""
    net = ("-netdev", f"tap,id=n0,ifname={TAP},script=no,downscript=no")
    with cable(scratch, f",ip={ME}/24", (*net, "-device", f"e1000,id=card,netdev=n0,mac={MAC},romfile="),
               share="n0") as vm:
        equal(ping(), 3, "pings")
        small_talk()
        vm.qmp("set_link", name="card", up=False)
        equal(ping(ME, 1, 1), 0, "pings without a cable")
        vm.qmp("set_link", name="card", up=True)
        small_talk()
        vm.qmp("netdev_del", id="n0")
        equal(ping(ME, 1, 1), 0, "pings without a backend")


if __name__ == "__main__":
    missing = [name for name in ("ip", "ping", "curl", "dnsmasq") if not program(name)]
    if missing:
        print(f"1..0 # SKIP no {', '.join(missing)}: scripts/test --suite module installs them")
        sys.exit(0)
    if not os.path.exists("/dev/net/tun"):
        print("1..0 # SKIP no /dev/net/tun on this machine")
        sys.exit(0)
    if os.environ.get("SWME_LAN_NAMESPACE") != "1":
        own = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
        os.environ["SWME_LAN_NAMESPACE"] = "1"
        os.execvp(own[0], [*own, sys.executable, *sys.argv])
    ip("link", "set", "lo", "up")
    sys.exit(main(globals()))
