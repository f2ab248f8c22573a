# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command of the control socket by `swme ctl`, each reply against docs/control.schema.json."""

import json
import socket
import subprocess
from pathlib import Path

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs/control.schema.json").read_text("utf-8"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}
KNOWN = {"$ref", "$schema", "title", "definitions", "type", "required", "properties", "additionalProperties",
         "items", "enum", "const", "minimum", "maximum", "oneOf"}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def check(value, schema, where="line"):
    """Raises unless the value has that shape; only what our schema uses, and nothing else passes."""
    def must(holds, what):
        if not holds:
            raise AssertionError(f"{where}: {what}: {json.dumps(value)[:200]}")

    must(set(schema) <= KNOWN, f"a schema with {set(schema) - KNOWN}")
    if "$ref" in schema:
        target = SCHEMA
        for step in schema["$ref"].split("/")[1:]:
            target = target[step]
        check(value, target, where)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        must(any(is_type(value, name) for name in names), f"no {names}")
    must("const" not in schema or value == schema["const"], "another constant")
    must("enum" not in schema or value in schema["enum"], "none of the list")
    must("minimum" not in schema or value >= schema["minimum"], "too small")
    must("maximum" not in schema or value <= schema["maximum"], "too great")
    if "oneOf" in schema:
        fits = 0
        for choice in schema["oneOf"]:
            try:
                check(value, choice, where)
                fits += 1
            except AssertionError:
                pass
        must(fits == 1, f"{fits} shapes fit")
    if isinstance(value, dict):
        must(set(schema.get("required", ())) <= set(value), "a member is missing")
        for name, member in value.items():
            more = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            must(more is not False, f"member {name}")
            check(member, more if isinstance(more, dict) else {}, f"{where}.{name}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for element in value:
            check(element, schema["items"], f"{where}[]")


def ctl(swme, path, *arguments):
    """What a command returns; an error is an exception."""
    done = subprocess.run([swme, "ctl", path, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    value = json.loads(done.stdout)
    check(value, SCHEMA["definitions"]["return"][arguments[0]], arguments[0])
    return value


# Command and argument, in an order in which each works on an AMT and a link whose host is up.
COMMANDS = (
    ("status",), ("statistics",), ("fault-names",), ("fault-list",), ("fault-add", "hfs-sps"),
    ("fault-list",), ("fault-remove", "hfs-sps"), ("fault-add", "drop:type=NOTIFY"), ("fault-remove", "all"),
    ("client-remove", "mchi"), ("client-add", "mchi"), ("notify", "mchi"), ("latency", "1ms"),
    ("inject", '{"way":"to-firmware","client":0,"data":"01000202"}'),
    ("amt",), ("amt", "host.name"), ("amt-set", "host.name=there"), ("amt", "host"),
    ("amt-set", '{"values":{"host.ping":false,"network.host_mac":"020000000001"}}'),
    ("watchdog",), ("watchdog-set", "on"), ("watchdog-set", '{"reset":60}'), ("watchdog-cancel",),
    ("log",), ("log-freeze", '{"frozen":true}'), ("log-freeze", '{"frozen":false}'), ("log-clear",),
    ("listeners",), ("alerts",), ("alert-add", "127.0.0.1:9:x"), ("alert-set", '{"sends":1}'), ("alerts",),
    ("event-raise", "bad-passwords"), ("log",), ("alert-remove", "all"), ("firmware-stop",),
    ("unsubscribe", "notes"), ("firmware-reset",),
)


def started(status):
    return status["ready"] and status["started"]


def every_command(swme, path, wait):
    """wait(what, condition) until the firmware has taken what was injected."""
    listed = {row["do"] for row in ctl(swme, path, "help")["commands"]}
    tried = {words[0] for words in COMMANDS} | {"help", "subscribe"}
    if listed != tried:
        raise AssertionError(f"commands that are not tried, or do not exist: {listed ^ tried}")
    wait("a firmware that is ready", lambda: ctl(swme, path, "status")["ready"])
    for words in COMMANDS:
        ctl(swme, path, *words)
        if words[0] == "inject":
            wait("the link", lambda: started(ctl(swme, path, "status")))
    if ctl(swme, path, "amt", "host.name")["values"] != {"host.name": "there"}:
        raise AssertionError("the name that was set is not there")


class Stalled:
    """Clients that subscribe to everything and never read."""

    def __init__(self, path, count):
        self.sockets = [socket.socket(socket.AF_UNIX) for _ in range(count)]
        for one in self.sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(path)
            one.sendall(b'{"do":"subscribe"}\n{"do":"subscribe","events":["packets"]}\n')

    def close(self):
        for one in self.sockets:
            one.close()


def memory_kib(pid):
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS:")).split()[1])


def flood(path, times):
    """Messages to MKHI that it answers, by one client that reads its replies."""
    request = b'{"do":"inject","way":"to-firmware","client":7,"data":"ff020000"}\n'
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(120)
        one.connect(path)
        lines = one.makefile("rb")
        lines.readline()
        for _ in range(times):
            one.sendall(request)
            lines.readline()


def who_does_not_read_costs_little(path, pid, exchange):
    """Exchanges go on with clients that stall, and memory does not grow with what they miss."""
    exchange()
    stalled = Stalled(path, 8)
    try:
        exchange()
        before = memory_kib(pid)
        for _ in range(3):
            exchange()
        grown = memory_kib(pid) - before
    finally:
        stalled.close()
    # Each may have 512 KiB waiting, and no more.
    if grown > 8 * 1024:
        raise AssertionError(f"{grown} KiB more for clients that do not read")
    exchange()
