#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest and control clients that are killed, stall and flood at random: no crash, leak, hang or growth.

    chaos_test.py BUILD_DIR [SECONDS [SEED]]        (default: 10 seconds)

What is done follows from the seed, which is printed. Prints TAP.
"""
import json
import os
import random
import re
import socket
import sys
import time

from link_session import Player
from module_test import (BAR, H_CSR, H_IE, H_IG, H_IS, H_RDY, H_RST, ME_CB_RW, ME_CSR_HA, TIMEOUT, Machine,
                         equal, main)

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 10
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().getrandbits(32)
CLIENTS_MAX = 12
GROWTH_KIB = 8192  # of resident memory, once each thing has been done some times
LINES = [b'{"do":"status"}\n', b'{"do":"statistics"}\n', b'{"do":"fault-list"}\n',
         b'{"do":"subscribe","events":["packets","messages","notes","faults"]}\n',
         b'{"do":"firmware-reset"}\n', b'{"do":"fault-add","fault":"drop:count=3"}\n',
         b'{"do":"fault-remove","fault":"all"}\n', b'{"do":"nonesuch"}\n', b"{" * 100 + b"\n"]


class Client:
    """One that never waits for anything."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.setblocking(False)

    def send(self, data):
        try:
            self.socket.send(data)
        except BlockingIOError:
            pass  # it has not read its answers for long
        except OSError:
            return False
        return True

    def read(self):
        try:
            return bool(self.socket.recv(65536))
        except BlockingIOError:
            return True
        except OSError:
            return False


def steps_of_clients(dice, path, clients):
    """One thing that a control client may do."""
    what = dice.random()
    if len(clients) < CLIENTS_MAX and what < 0.2:
        clients.append(Client(path))
    elif clients and what < 0.3:
        clients.pop(dice.randrange(len(clients))).socket.close()  # killed, whatever it was in
    elif clients:
        client = dice.choice(clients)
        if what < 0.4:
            alive = client.send(dice.randbytes(dice.randrange(4000)))
        elif what < 0.6:
            alive = client.send(dice.choice(LINES) * dice.choice((1, 1, 500)))
        elif what < 0.8:
            alive = client.send(dice.choice(LINES)[:dice.randrange(30)])  # half a line, and a stall
        else:
            alive = client.read()
        if not alive:
            clients.remove(client)


def stall(dice, vm, path, clients):
    """The guest stands still, whatever the others do."""
    vm.qmp("stop")
    for _ in range(200):
        steps_of_clients(dice, path, clients)
    vm.qmp("cont")


def steps_of_guest(dice, vm):
    """Some accesses, at once; as a driver's, and as nobody's."""
    what = dice.random()
    if what < 0.1:
        commands = [(H_CSR, H_IE | H_RST | H_IG), (H_CSR, H_IE | H_IS | H_IG), (H_CSR, H_IE | H_RDY | H_IG),
                    (0, 0x80040000), (0, 0x02020001), (H_CSR, H_IE | H_RDY | H_IG)]
    elif what < 0.2:
        commands = [(0, dice.getrandbits(32)) for _ in range(200)] + [(H_CSR, H_IE | H_RDY | H_IG)]
    elif what < 0.3:
        commands = [(H_CSR, dice.getrandbits(7)) for _ in range(100)]
    elif what < 0.4:
        commands = [(0x800, dice.getrandbits(4)) for _ in range(50)]
    elif what < 0.9:
        commands = [(0, 0x80040000), (0, dice.choice((0x04, 0x105, 0x02020001, 0x0a, 0x10106))),
                    (H_CSR, H_IE | H_RDY | H_IG | H_IS)]
        Player(vm, False, False).batch([f"readl {BAR + ME_CB_RW}"] * dice.randrange(1, 20))
    else:
        commands = []
        if what > 0.995:
            vm.qmp("system_reset")  # the guest is killed, and comes back
            vm.wait_event("RESET")
            vm.enable()
    if commands:
        Player(vm, False, False).batch([f"writel {BAR + offset} {value}" for offset, value in commands])


def sound_client(path):
    """One must be answered, whatever the others do. It takes the place of one of them."""
    with socket.socket(socket.AF_UNIX) as sound:
        sound.connect(path)  # waits while others are before it
        sound.settimeout(TIMEOUT)
        with sound.makefile("rwb") as file:
            file.readline()  # the greeting
            file.write(b'{"id":7,"do":"status"}\n')
            file.flush()
            equal(json.loads(file.readline()).get("id"), 7, "the answer to a sound client")


def measured(vm):
    """Resident memory in KiB, and open descriptors."""
    with open(f"/proc/{vm.process.pid}/status", encoding="ascii") as file:
        memory = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
    return memory, len(os.listdir(f"/proc/{vm.process.pid}/fd"))


def sound_driver(vm):
    """And at the end a driver finds what it found at the beginning."""
    vm.qmp("system_reset")
    vm.wait_event("RESET")
    vm.enable()
    vm.reset_link()
    equal(vm.read(ME_CSR_HA) & 8, 8, "ME_RDY")


def test_a_killed_machine_leaves_nothing_in_the_way(scratch):
    """kill -9 under clients that flood; the next one has the same socket."""
    dice = random.Random(SEED)
    path = os.path.join(scratch, "control")
    for _ in range(3):
        with Machine(scratch, device=f"intel-mei,echo=on,control={path}") as vm:
            vm.enable()
            clients = []
            for _ in range(dice.randrange(100, 1000)):
                steps_of_clients(dice, path, clients)
            vm.process.kill()
            vm.process.wait(TIMEOUT)
            for client in clients:
                client.socket.close()
    with Machine(scratch, device=f"intel-mei,echo=on,control={path}") as vm:
        vm.enable()
        sound_client(path)
        sound_driver(vm)


def test_chaos(scratch):
    dice = random.Random(SEED)
    print(f"# seed {SEED}, {SECONDS:g} seconds", flush=True)
    path = os.path.join(scratch, "control")
    with Machine(scratch, device=f"intel-mei,echo=on,control={path}", args=("-m", "64")) as vm:
        vm.enable()
        clients, steps, before, worst, looks = [], 0, None, 0, 0
        begin = time.monotonic()
        descriptors = measured(vm)[1]
        while (spent := time.monotonic() - begin) < SECONDS:
            for _ in range(50):
                steps_of_clients(dice, path, clients)
            steps_of_guest(dice, vm)
            steps += 51
            if dice.random() < 0.005:
                stall(dice, vm, path, clients)
                steps += 200
            if spent > SECONDS * (looks + 1) / 30:
                looks += 1
                while len(clients) >= CLIENTS_MAX:
                    clients.pop().socket.close()
                sound_client(path)
                if before is None and spent > SECONDS / 3:
                    before = measured(vm)[0]  # all queues have been as full as they get
                worst = max(worst, measured(vm)[0])
        before = before or measured(vm)[0]  # all stood still for most of the time
        for client in clients:
            client.socket.close()
        sound_client(path)
        sound_client(path)  # by now the others' ends are read
        sound_driver(vm)
        after, left = measured(vm)
        print(f"# {steps} steps, {looks} looks; resident memory {before} KiB after a third, {worst} at most, {after} at the end")
        equal(left, descriptors, "open descriptors")
        equal(after - before < GROWTH_KIB, True, "memory does not grow")


if __name__ == "__main__":
    sys.exit(main({
        "test_chaos": test_chaos,
        "test_a_killed_machine_leaves_nothing_in_the_way": test_a_killed_machine_leaves_nothing_in_the_way,
    }))
