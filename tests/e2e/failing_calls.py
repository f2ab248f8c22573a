#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each call of libc that heci makes fails once (failing-calls.c): heci says so in one line, or goes on. TAP.

    failing_calls.py HECI SWME FAILING-CALLS.so
"""

import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

HECI, SWME, PRELOAD = (os.path.abspath(path) for path in sys.argv[1:4])
SCRATCH = tempfile.TemporaryDirectory()
ECHO = bytes.fromhex("40ec577e1d5a6f4c9b3e2d9041c78a16")
FIRST = 2  # so many calls of one name fail in turn
WHY = {"malloc": (errno.ENOMEM,), "calloc": (errno.ENOMEM,), "socket": (errno.EMFILE,), "bind": (errno.EACCES,),
       "listen": (errno.EADDRINUSE,), "accept": (errno.ECONNABORTED,), "connect": (errno.ECONNREFUSED,),
       "send": (errno.EPIPE, errno.EINTR, errno.EAGAIN), "sendmsg": (errno.EPIPE, errno.EFAULT),
       "sendto": (errno.ENETUNREACH,), "recv": (errno.ECONNRESET, errno.EINTR), "setsockopt": (errno.ENOPROTOOPT,),
       "poll": (errno.EINTR,), "pipe": (errno.EMFILE,), "fcntl": (errno.EINVAL,), "lstat": (errno.ENOENT,)}
number = 0
good = True


def report(name, passed, detail=""):
    global number, good
    number += 1
    good = good and passed
    print("ok" if passed else "not ok", number, "-", name, flush=True)
    if not passed:
        print("# " + str(detail).replace("\n", "\n# "), flush=True)


def place(name):
    return os.path.join(SCRATCH.name, name)


class Heci:
    """A heci whose calls are counted, or one of which fails."""

    def __init__(self, arguments, failing=None, stderr=subprocess.PIPE):
        env = {**os.environ, "LD_PRELOAD": PRELOAD, "FAILING_CALLS_LOG": place("log")}
        if failing:
            env["FAILING_CALL"] = failing
        self.child = subprocess.Popen([HECI, *arguments], env=env, text=True, stdout=subprocess.PIPE,
                                      stderr=stderr)
        self.lines = []
        self.limit = threading.Timer(60, self.child.kill)
        self.limit.start()

    def said(self, word):
        """Reads on until a line has the word; False: it ended without."""
        while line := self.child.stdout.readline():
            self.lines.append(line)
            if word in line:
                return True
        return False

    def end(self, number=None):
        if number:
            self.child.send_signal(number)
        out, err = self.child.communicate()
        self.limit.cancel()
        if err is None:  # both came as one
            err = "".join(line for line in self.lines + out.splitlines(True) if line.startswith("heci: "))
        return self.child.returncode, out, err


def sound(name, ended):
    """Done without a word, or one line about it."""
    status, _, err = ended
    report(name, (status == 0 and err.count("\n") <= 1) or (status in (1, 2) and err.startswith("heci: ")
                                                               and err.count("\n") == 1), ended)


def once(arguments):
    """A command that ends by itself."""
    return lambda failing: Heci(arguments, failing).end()


def serving(transport, left):
    """serve, with users that come, ask and go; whatever fails, it ends on a signal or has said why not, and leaves no
    socket (left)."""
    def run(failing):
        server = Heci([transport, "serve", place("me")], failing)
        if server.said("serving"):
            for _ in range(2):
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as user:
                    try:
                        user.connect(place("me"))
                        user.settimeout(60)
                        for op, data in ((3, ECHO), (5, b"hello"), (6, b""), (1, b"")):
                            user.send(struct.pack("<BBBBI", op, 0, 0, 0, 1000 if op == 5 else 0) + data)
                            if not user.recv(70000):
                                break
                    except OSError:
                        pass
        ended = server.end(signal.SIGTERM)
        if os.path.exists(place("me")):
            os.unlink(place("me"))
            left.append(failing)
        return ended
    return run


def asking(arguments):
    """A user of a sound server."""
    def run(failing):
        return Heci(["unix:" + place("sound"), *arguments], failing).end()
    return run


def carrying(failing):
    """lms, and a program that sends through it."""
    offset = 21000 + os.getpid() % 9000
    lms = Heci(["sim:echo=on", "lms", "--port-offset", str(offset)], failing, subprocess.STDOUT)
    if lms.said("listen"):  # at that port, or that it cannot
        for _ in range(2):
            try:
                with socket.create_connection(("127.0.0.1", 7 + offset), timeout=60) as peer:
                    peer.send(b"x" * 1000)
                    peer.settimeout(5)
                    peer.recv(10)
            except OSError:
                pass
    return lms.end(signal.SIGTERM)


def try_all(name, run):
    """Counts the calls, then has each fail."""
    log = place("log")
    if os.path.exists(log):
        os.unlink(log)
    ended = run(None)
    report(f"{name}: nothing fails", ended[0] == 0, ended)
    with open(log, encoding="ascii") as file:
        counts = {line.split()[0]: int(line.split()[1]) for line in file}
    report(f"{name}: calls are counted", bool(counts), counts)
    for function, count in sorted(counts.items()):
        for at in range(1, min(count, FIRST) + 1):
            for why in WHY[function]:
                sound(f"{name}: {function} {at} fails: {errno.errorcode[why]}", run(f"{function}:{at}:{why}"))


def main():
    try_all("echo", once(["sim:echo=on", "echo", "--count", "2"]))
    try_all("bench", once(["sim:echo=on", "bench", "--count", "2", "--json"]))
    try_all("info", once(["sim", "info"]))
    left = []
    try_all("serve", serving("sim:echo=on", left))
    server = Heci(["sim:echo=on", "serve", place("sound")])
    server.said("serving")
    try_all("unix:", asking(["echo", "--count", "2"]))
    try_all("unix: clients", asking(["clients", "--json"]))
    report("whatever its users failed at, the server ends as it should", server.end(signal.SIGTERM)[0] == 0)
    try_all("lms", carrying)
    with subprocess.Popen([SWME, "serve", "--link", place("link")], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as firmware:
        try:
            firmware.stdout.readline()
            try_all("link:", once(["link:" + place("link"), "info"]))
            try_all("link: serve", serving("link:" + place("link"), left))
        finally:
            firmware.terminate()
    report("whatever fails, serve takes its socket along", not left, left)
    print(f"1..{number}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
