#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""firmware= of the device: firmware in another process that comes, goes and misbehaves.

    link_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import os
import re
import signal
import socket
import struct
import subprocess
import sys

from module_test import (H_CSR, H_IE, H_IG, H_IS, H_RDY, H_RST, ME_CB_RW, ME_CSR_HA, ME_RDY, SWME, TIMEOUT,
                         Machine, bare, equal, main, refused, save)

H_CB_WW = 0
HELLO, PACKET, TAKEN, RESET, RESET_DONE, READY, INTERRUPT = 1, 2, 3, 0x10, 0x20, 0x21, 0x22
GREETING = b"SWLK" + struct.pack("<HHI", 1, 32, 15)
START = bytes((1, 0, 2, 2))  # HBM


class Peer:
    """A firmware that does what it is told, at a QEMU that listens."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")
        equal(self.take(HELLO)[:8], GREETING[:8], "HELLO")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def take(self, kind):
        """The payload of the next frame of that kind; others are passed over."""
        while True:
            header = self.file.read(4)
            if len(header) < 4:
                raise AssertionError(f"the device is gone instead of sending 0x{kind:02x}")
            size, got, _ = struct.unpack("<HBB", header)
            payload = self.file.read(size)
            if got == kind:
                return payload

    def say(self, kind, payload=b""):
        self.socket.sendall(struct.pack("<HBB", len(payload), kind, 0) + payload)

    def greet(self):
        self.say(HELLO, GREETING)
        self.reset()
        return self

    def reset(self):
        """The next one is answered."""
        self.take(RESET)
        self.say(RESET_DONE)
        self.say(READY, b"\1")
        self.say(INTERRUPT)

    def must_be_cut_off(self):
        """The device reads no more, and says so by its end."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass


def machine(scratch, options="", **kwargs):
    """A QEMU that waits for firmware to connect, and where."""
    path = os.path.join(scratch, "fw")
    vm = Machine(scratch, device=f"intel-mei,firmware=fw{options}",
                 args=("-chardev", f"socket,id=fw,path={path},server=on,wait=off",
                       *kwargs.pop("args", ())), **kwargs)
    return path, vm


def ready(vm):
    return vm.read(ME_CSR_HA) & ME_RDY


def host_resets(vm, peer):
    """As a driver does it, on a firmware that answers."""
    vm.write(H_CSR, H_RST | H_IG | H_IS | H_IE)
    peer.reset()
    vm.until("ME_RDY", lambda: ready(vm))
    vm.until("H_IS", lambda: vm.read(H_CSR) & H_IS)
    vm.write(H_CSR, H_IE | H_IS | H_IG)
    vm.write(H_CSR, H_IE | H_RDY | H_IG)


def sends(vm, data=START):
    vm.write(H_CB_WW, len(data) << 16 | 1 << 31)
    vm.write(H_CB_WW, int.from_bytes(data, "little"))
    vm.write(H_CSR, H_IE | H_RDY | H_IG)


def reset_is_seen(vm):
    """What the guest sees of a firmware that is lost."""
    vm.until("ME_RDY down", lambda: not ready(vm))
    vm.until("H_IS", lambda: vm.read(H_CSR) & H_IS)


def exchange(vm, peer):
    sends(vm)
    equal(peer.take(PACKET), struct.pack("<I", 0x80040000) + START, "packet")
    peer.say(TAKEN, b"\1\0")
    peer.say(PACKET, struct.pack("<I", 0x80040000) + b"\x81\1\2\2")
    peer.say(INTERRUPT)
    vm.until("an answer", lambda: vm.read(H_CSR) & H_IS)
    equal([vm.read(ME_CB_RW), vm.read(ME_CB_RW)], [0x80040000, 0x02020181], "answer")
    vm.write(H_CSR, H_IE | H_RDY | H_IG | H_IS)


def test_a_firmware_of_another_process(scratch):
    path, vm = machine(scratch)
    with vm:
        vm.enable()
        equal(ready(vm), 0, "ME_RDY")
        with Peer(path).greet() as peer:
            host_resets(vm, peer)
            exchange(vm, peer)


def test_lost_and_back_a_hundred_times_in_traffic(scratch):
    path, vm = machine(scratch)
    with vm:
        vm.enable()
        for turn in range(100):
            with Peer(path).greet() as peer:
                host_resets(vm, peer)
                exchange(vm, peer)
                for _ in range(turn % 5):
                    sends(vm)  # under way when it goes
                if turn % 3 == 0:
                    vm.write(H_CSR, H_RST | H_IG | H_IE)  # and so is a reset
            if turn % 3:
                reset_is_seen(vm)


GOOD = struct.pack("<HBB", len(GREETING), HELLO, 0) + GREETING
# What is sent in place of a HELLO, and what QEMU says of it.
WRONG_STARTS = {
    b"GET / HTTP/1.1\r\n\r\n": "sent what is no frame",
    GOOD.replace(b"K\1\0", b"K\2\0"): "speaks another version of the link than 1",
    struct.pack("<HBBB", 1, READY, 0, 1): "did not begin with a HELLO",
    b"": "did not say HELLO",
}


def test_what_is_no_firmware_of_ours(scratch):
    path, vm = machine(scratch)
    with vm:
        vm.enable()
        for sent in WRONG_STARTS:
            with Peer(path) as peer:
                peer.socket.sendall(sent)
                peer.must_be_cut_off()
                equal(ready(vm), 0, "ME_RDY")
        with Peer(path).greet() as peer:
            host_resets(vm, peer)
        vm.stderr.seek(0)
        said = re.findall(r"the firmware at 'fw' (.*): connection ended", vm.stderr.read())
        equal(said, list(WRONG_STARTS.values()), "warnings")


def flood(peer, frame):
    """Until the device has had enough. It must not wait for a guest, nor keep it all."""
    try:
        while True:
            peer.socket.sendall(frame * 1000)
    except ConnectionError:
        pass


PACKET_FRAME = struct.pack("<HBBI", 4, PACKET, 0, 0x80000000)
# Said by a firmware that was sound until then.
BREACHES = [
    lambda peer: peer.socket.sendall(os.urandom(4000) + b"\xff" * 4200),
    lambda peer: flood(peer, PACKET_FRAME),
    lambda peer: flood(peer, struct.pack("<HBB", 16, 0x26, 0) + bytes(16)),  # and reads no answer
    lambda peer: peer.say(0x77),
    lambda peer: peer.say(TAKEN, b"\xff\xff"),
    lambda peer: peer.say(0x23, b"\xff" * 8),
]


def test_breaches_end_in_a_reset(scratch):
    path, vm = machine(scratch)
    with vm:
        vm.enable()
        for breach in BREACHES:
            with Peer(path).greet() as peer:
                host_resets(vm, peer)
                exchange(vm, peer)
                breach(peer)
                reset_is_seen(vm)
                peer.must_be_cut_off()


def memory_kib(vm):
    with open(f"/proc/{vm.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def test_a_firmware_that_stalls_holds_nobody(scratch):
    """It stops in the middle of a frame, while the guest does what it likes."""
    path, vm = machine(scratch)
    with vm:
        vm.enable()
        with Peer(path).greet() as peer:
            host_resets(vm, peer)
            before = memory_kib(vm)
            peer.socket.sendall(PACKET_FRAME[:5])
            for _ in range(40):
                sends(vm)
            for turn in range(2000):
                vm.write(0x800, 2 | turn % 2 << 2)  # D0i3
            vm.write(H_CSR, H_RST | H_IG | H_IE)
            peer.must_be_cut_off()  # 3 s later
            equal(memory_kib(vm) - before < 4096, True, "memory is bounded")
        with Peer(path).greet() as peer:
            host_resets(vm, peer)
            exchange(vm, peer)


def test_no_snapshots(scratch):
    state = os.path.join(scratch, "state")
    with Machine(scratch) as other:
        save(scratch, other, state)
    _, vm = machine(scratch)
    with vm:
        try:
            vm.qmp("migrate", uri="exec:cat >/dev/null")
            said = "it migrates"
        except RuntimeError as error:
            said = str(error)
        equal("the state of an external firmware (firmware=fw) cannot be saved" in said, True, said)
    result = bare("-M", "pc", "-m", "16", "-accel", "tcg", "-bios", os.path.join(scratch, "halt.bin"), "-S",
                  "-chardev", f"socket,id=fw,path={scratch}/x,server=on,wait=off",
                  "-device", "intel-mei,firmware=fw", "-incoming", f"exec:cat {state}")
    equal(result.returncode, 1, "exit status")
    equal("a saved state cannot be loaded into an external firmware" in result.stderr, True, result.stderr)


def test_what_is_the_firmwares_is_refused(_):
    null = ("-chardev", "null,id=fw", "-device")
    for option in ("amt=on", "latency=1ms", "echo=on", "nvm=x", "control=x", "listen=127.0.0.1:0", "pcap=x",
                   "uuid=5e4e5d3a-61c8-4f0b-9a27-901c00000000"):
        refused(bare(*null, f"intel-mei,firmware=fw,{option}"), 1,
                f"{option.split('=')[0]} is the firmware's, and with firmware= that is another process")
    refused(bare(*null, "intel-mei,firmware=nonesuch"), 1, "neither a chardev's id nor")
    refused(bare(*null, "intel-mei,firmware=fw", "-device", "intel-mei,firmware=fw,addr=17"), 1, "fw")


def serve(path):
    child = subprocess.Popen([SWME, "serve", "--link", path, "--listen", "127.0.0.1:0"],
                             stdout=subprocess.PIPE, text=True)
    equal(child.stdout.readline()[:1], "{", "swme serve")
    return child


def test_swme_serve_killed_and_back(scratch):
    """By a path, which QEMU connects to again by itself; what was killed leaves its socket behind."""
    path = os.path.join(scratch, "a b,c=d")
    with Machine(scratch, device="intel-mei,firmware=" + path.replace(",", ",,")) as vm:
        vm.enable()
        for _ in range(3):
            child = serve(path)
            vm.until("status", lambda: vm.config(0x40) & 0xF == 5)
            vm.write(H_CSR, H_RST | H_IG | H_IS | H_IE)
            vm.until("ME_RDY", lambda: ready(vm))
            vm.write(H_CSR, H_IE | H_IS | H_IG)
            vm.write(H_CSR, H_IE | H_RDY | H_IG)
            sends(vm)
            vm.until("an answer", lambda: vm.read(ME_CSR_HA) >> 16 & 0xFF != vm.read(ME_CSR_HA) >> 8 & 0xFF)
            child.send_signal(signal.SIGKILL)
            child.wait(TIMEOUT)
            child.stdout.close()
            reset_is_seen(vm)


if __name__ == "__main__":
    sys.exit(main({n: f for n, f in globals().items() if n.startswith("test_")}))
