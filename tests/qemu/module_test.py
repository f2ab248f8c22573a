#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The module in the distribution's own QEMU: loading, refusing, and the PCI function from outside.

    module_test.py BUILD_DIR
    SWME_QEMU=QEMU SWME_QEMU_MODULE=none module_test.py BUILD_DIR    # device built into that QEMU

Prints TAP. The guest is a firmware that halts at once, so that the virtual clock runs and nothing
else does; the test itself is the driver, through a qtest socket.
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
SWME = os.path.join(BUILD, "swme")
BUILT_IN = os.environ.get("SWME_QEMU_MODULE") == "none"  # a QEMU that has the device, no module
TIMEOUT = 60  # seconds until something that should happen at once is given up

BAR = 0xE0000000
MSI_TARGET = 0x100000  # in RAM, where a message can be read back
H_CSR, ME_CSR_HA, ME_CB_RW = 0x04, 0x0C, 0x08
H_IE, H_IS, H_IG, H_RDY, H_RST = 1, 2, 4, 8, 16
ME_RDY = 8
PMCSR, MSI = 0x54, 0x8C


class Socket:
    """A socket that QEMU connects to, as lines."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.listener.settimeout(TIMEOUT)

    def accept(self):
        self.conn, _ = self.listener.accept()
        self.conn.settimeout(TIMEOUT)
        self.file = self.conn.makefile("rw")
        self.listener.close()

    def send(self, line):
        self.file.write(line + "\n")
        self.file.flush()

    def close(self):
        self.file.close()
        self.conn.close()
        os.unlink(self.path)


class Machine:
    """A stock QEMU with the module, a qtest and a QMP connection."""

    def __init__(self, scratch, device="intel-mei", machine="pc", args=(), env=None):
        self.scratch = scratch
        bios = os.path.join(scratch, "halt.bin")
        with open(bios, "wb") as image:  # at the reset vector: cli; hlt; jump back to it
            image.write(b"\xf4" * 0xFFF0 + b"\xfa\xf4\xeb\xfd".ljust(16, b"\xf4"))
        self.qtest_socket = Socket(os.path.join(scratch, "qtest"))
        self.qmp_socket = Socket(os.path.join(scratch, "qmp"))
        self.stderr = open(os.path.join(scratch, "stderr"), "w+")
        command = [SWME, "qemu", "-M", machine, "-m", "16", "-accel", "tcg", "-display", "none",
                   "-nodefaults", "-bios", bios, "-qtest-log", "none",
                   "-qtest", "unix:" + self.qtest_socket.path,
                   "-qmp", "unix:" + self.qmp_socket.path, *args]
        if device:
            command += ["-device", device]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=self.stderr,
                                        env={**os.environ, **(env or {})})
        self.qtest_socket.accept()
        self.qmp_socket.accept()
        self.events = []
        self.qmp_read()  # the greeting
        self.qmp("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(TIMEOUT)
        self.qtest_socket.close()
        self.qmp_socket.close()
        self.stderr.close()

    def qtest(self, command):
        self.qtest_socket.send(command)
        while True:
            answer = self.qtest_socket.file.readline().split()
            if not answer:
                raise RuntimeError("QEMU is gone")
            if answer[0] == "OK":
                return int(answer[1], 0) if len(answer) > 1 else None
            if answer[0] not in ("IRQ",):
                raise RuntimeError(f"{command}: {answer}")

    def qmp_read(self):
        line = self.qmp_socket.file.readline()
        if not line:
            raise RuntimeError("QEMU is gone")
        return json.loads(line)

    def qmp(self, command, **arguments):
        self.qmp_socket.send(json.dumps({"execute": command, "arguments": arguments}))
        while True:
            answer = self.qmp_read()
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
            self.events.append(answer)

    def wait_event(self, name, accept=lambda data: True):
        while True:
            answer = self.events.pop(0) if self.events else self.qmp_read()
            if answer.get("event") == name and accept(answer.get("data", {})):
                return answer.get("data", {})

    # Configuration space of 00:16.0, by mechanism 1
    def config(self, offset, size="l"):
        self.qtest(f"outl 0xcf8 {0x80000000 | 0x16 << 11 | (offset & ~3)}")
        return self.qtest(f"in{size} {0xCFC + (offset & 3)}")

    def set_config(self, offset, value, size="l"):
        self.qtest(f"outl 0xcf8 {0x80000000 | 0x16 << 11 | (offset & ~3)}")
        self.qtest(f"out{size} {0xCFC + (offset & 3)} {value}")

    def enable(self, master=True):
        self.set_config(0x10, BAR)
        self.set_config(0x14, 0)
        self.set_config(0x04, 0x06 if master else 0x02, "w")

    def read(self, offset, size="l"):
        return self.qtest(f"read{size} {BAR + offset}")

    def write(self, offset, value, size="l"):
        self.qtest(f"write{size} {BAR + offset} {value}")

    def until(self, what, condition):
        """Each look is a round trip into QEMU's main loop, in which its timers run."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not happen")

    def reset_link(self):
        self.write(H_CSR, H_RST | H_IG | H_IS | H_IE)
        self.until("ME_RDY", lambda: self.read(ME_CSR_HA) & ME_RDY)
        self.until("H_IS", lambda: self.read(H_CSR) & H_IS)


def run(*args, env=None, program=(SWME,)):
    return subprocess.run([*program, *args], capture_output=True, text=True, timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, check=False)


def about_module(func):
    """Marks a test of the module itself, left out where QEMU has the device built in."""
    func.about_module = True
    return func


def equal(got, want, what):
    if got != want:
        shown = f"0x{got:x}, not 0x{want:x}" if isinstance(got, int) else f"{got!r}, not {want!r}"
        raise AssertionError(f"{what}: {shown}")


def refused(result, status, pattern):
    """Ended with that status and exactly one line that says why."""
    equal(result.returncode, status, "exit status")
    lines = result.stderr.strip().splitlines()
    if len(lines) != 1 or not re.search(pattern, lines[0]):
        raise AssertionError(f"stderr: {result.stderr!r}")


# ---- Loading and refusing ----

def test_help_describes_each_property(_):
    out = run("qemu", "-device", "intel-mei,help").stdout
    for name in ("platform", "amt", "uuid", "latency", "nvm", "echo"):
        if not re.search(rf"^  {name}=<\w+> +- \w", out, re.M):
            raise AssertionError(f"{name} has no description in {out!r}")


def bare(*args):
    """A QEMU with as little as can be, for arguments that it must refuse."""
    return run("qemu", "-nodefaults", "-display", "none", *args)


def test_unknown_platform(_):
    refused(bare("-device", "intel-mei,platform=nonesuch"), 1, "unknown platform 'nonesuch'")


def test_bad_latency(_):
    refused(bare("-device", "intel-mei,latency=soon"), 1, "soon")


def test_slot_taken(_):
    refused(bare("-device", "intel-mei", "-device", "intel-mei"), 1,
            "slot 22 function 0 not available")


@about_module
def test_wrong_package_is_refused(_):
    module = os.path.join(BUILD, "hw", "swme-misfit.so")
    refused(run("qemu", "--version", env={"SWME_QEMU_MODULE": module}), 2,
            r"^swme: built for QEMU [\d.]+ \(0:misfit\), this is [\d.]+ \(.+\): run scripts/setup$")


@about_module
def test_no_module(_):
    refused(run("qemu", env={"SWME_QEMU_MODULE": "/nonexistent.so"}), 2, "^swme: no module")


def test_no_qemu(_):
    refused(run("qemu", env={"SWME_QEMU": "/nonexistent"}), 2, "^swme: no QEMU")


def test_unknown_command(_):
    refused(run("nonesuch"), 2, "^swme: no command 'nonesuch'")


@about_module
def test_harmless_in_other_programs(_):
    """A wrapper in front of QEMU keeps the preload for the QEMU that it starts."""
    module = os.path.join(BUILD, "hw", "swme-qemu.so")
    result = run("env", "sh", "-c", "exec qemu-system-x86_64 -device intel-mei,help", program=(),
                 env={"LD_PRELOAD": module})
    equal(result.returncode, 0, "exit status")
    equal(result.stderr, "", "stderr")


@about_module
def test_path_with_colon_and_space(scratch):
    folder = os.path.join(scratch, "a b:c")
    os.mkdir(folder)
    for name in ("swme-qemu.so", "swme-device.so"):
        os.symlink(os.path.join(BUILD, "hw", name), os.path.join(folder, name))
    env = {"SWME_QEMU_MODULE": os.path.join(folder, "swme-qemu.so")}
    equal(run("qemu", "-device", "intel-mei,help", env=env).returncode, 0, "exit status")


# ---- What QEMU starts does not inherit the preload ----

def child_environment(scratch, env):
    out = os.path.join(scratch, "environment")
    with Machine(scratch, env=env) as vm:
        vm.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
        vm.qmp("migrate", uri=f"exec:env > {out}; cat > /dev/null")
        vm.wait_event("MIGRATION", lambda data: data["status"] == "completed")
    with open(out, encoding="utf-8") as file:
        return [line.strip() for line in file if line.startswith(("LD_PRELOAD", "SWME"))]


@about_module
def test_children_do_not_inherit(scratch):
    equal(child_environment(scratch, {"LD_PRELOAD": ""}), [], "environment")


@about_module
def test_children_get_the_users_preload(scratch):
    users = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout
    users = re.search(r"(/\S+/libc\.so\S*)", users).group(1)
    equal(child_environment(scratch, {"LD_PRELOAD": f"{users}:{users}"}),
          [f"LD_PRELOAD={users}:{users}"], "environment")


# ---- The PCI function ----

def check_config(vm):
    equal(vm.config(0x00), 0xA0E08086, "ids")
    equal(vm.config(0x08) >> 8, 0x078000, "class")
    equal(vm.config(0x10), 0x4, "BAR 0")
    equal(vm.config(0x34, "b"), 0x50, "first capability")
    equal(vm.config(0x3D, "b"), 1, "interrupt pin")
    equal(vm.config(0x50, "w"), MSI << 8 | 0x01, "PM capability")
    equal(vm.config(PMCSR, "w"), 0x0008, "PMCSR")
    equal(vm.config(MSI, "w"), 0x0005, "MSI capability, the last one")
    equal(vm.config(MSI + 2, "w"), 0x0080, "MSI control")
    vm.set_config(0x10, 0xFFFFFFFF)
    equal(vm.config(0x10), 0xFFFFF004, "BAR 0 size")


def test_config_pc(scratch):
    with Machine(scratch) as vm:
        check_config(vm)


def test_config_q35(scratch):
    with Machine(scratch, machine="q35") as vm:
        check_config(vm)


def test_config_read_only(scratch):
    """Of all behind the header only H_GS, PMCSR, MSI and nothing of the status can be written."""
    with Machine(scratch) as vm:
        before = {offset: vm.config(offset) for offset in range(0x40, 0x100, 4)}
        for offset in before:
            if offset not in (0x4C, 0x54, 0x8C, 0x90, 0x94, 0x98):
                vm.set_config(offset, ~before[offset] & 0xFFFFFFFF)
                equal(vm.config(offset), before[offset], f"config 0x{offset:x}")
        vm.set_config(0x4C, 0x12345678)
        equal(vm.config(0x4C), 0x12345678, "H_GS")
        vm.qmp("system_reset")
        vm.wait_event("RESET")
        equal(vm.config(0x4C), 0, "H_GS after reset")


def test_status_words(scratch):
    with Machine(scratch) as vm:
        vm.until("HFS1 normal", lambda: vm.config(0x40) & 0xF == 5)
        equal(vm.config(0x40), 0x90000245, "HFS1")


def test_old_generation_has_two_status_words(scratch):
    with Machine(scratch, "intel-mei,platform=ppt-1") as vm:
        vm.until("HFS1 normal", lambda: vm.config(0x40) & 0xF == 5)
        equal(vm.config(0x00), 0x1E3A8086, "ids")
        for offset in (0x60, 0x64, 0x68, 0x6C):
            equal(vm.config(offset), 0, f"config 0x{offset:x}")


def test_intx_is_a_level(scratch):
    with Machine(scratch) as vm:
        vm.enable()
        vm.reset_link()
        equal(vm.config(0x06, "w") >> 3 & 1, 1, "interrupt status")
        vm.write(H_CSR, H_RST | H_IS | H_IE)  # acknowledge
        equal(vm.config(0x06, "w") >> 3 & 1, 0, "interrupt status once acknowledged")


def msi_enable(vm, master=True):
    vm.enable(master)
    vm.qtest(f"writel {MSI_TARGET} 0")
    vm.set_config(MSI + 4, MSI_TARGET)
    vm.set_config(MSI + 8, 0)
    vm.set_config(MSI + 12, 0x5A5A, "w")
    vm.set_config(MSI + 2, 0x0081, "w")


def message(vm):
    """The message that came since the last look."""
    value = vm.qtest(f"readl {MSI_TARGET}")
    vm.qtest(f"writel {MSI_TARGET} 0")
    return value


def test_msi_is_one_message_for_each_rise(scratch):
    with Machine(scratch) as vm:
        msi_enable(vm)
        vm.reset_link()
        equal(message(vm), 0x5A5A, "message")
        equal(vm.config(0x06, "w") >> 3 & 1, 0, "INTx while MSI is on")
        vm.write(H_CSR, H_RST | H_IE)  # no change of the condition
        equal(message(vm), 0, "second message")
        vm.write(H_CSR, H_RST)
        vm.write(H_CSR, H_RST | H_IE)
        equal(message(vm), 0x5A5A, "message when enabled again")


def test_no_msi_without_bus_mastering(scratch):
    with Machine(scratch) as vm:
        msi_enable(vm, master=False)
        vm.reset_link()
        equal(message(vm), 0, "message")
        vm.set_config(0x04, 0x06, "w")
        equal(message(vm), 0x5A5A, "message once it is on")


def test_d3hot_keeps_state(scratch):
    with Machine(scratch) as vm:
        vm.enable()
        vm.reset_link()
        before = vm.read(H_CSR)
        for state in (1, 2):
            vm.set_config(PMCSR, state, "w")
            equal(vm.config(PMCSR, "w") & 3, 0, f"power state after a write of D{state}")
        vm.set_config(PMCSR, 3, "w")
        equal(vm.config(PMCSR, "w") & 3, 3, "power state")
        equal(vm.read(H_CSR), 0xFFFFFFFF, "H_CSR in D3hot")
        equal(vm.config(0x06, "w") >> 3 & 1, 0, "interrupt status in D3hot")
        vm.write(H_CSR, 0)
        vm.set_config(PMCSR, 0, "w")
        equal(vm.read(H_CSR), before, "H_CSR back in D0")
        equal(vm.config(0x06, "w") >> 3 & 1, 1, "interrupt status back in D0")


def test_access_sizes(scratch):
    """Only aligned dwords count, and nothing else has an effect."""
    with Machine(scratch) as vm:
        vm.enable()
        vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
        before = vm.read(H_CSR)
        for size, ones in (("b", 0xFF), ("w", 0xFFFF), ("q", 0xFFFFFFFFFFFFFFFF)):
            equal(vm.read(H_CSR, size), ones, f"read{size}")
            vm.write(H_CSR, H_IE | H_RDY, size)
        equal(vm.read(H_CSR), before, "H_CSR after writes of other sizes")
        equal(vm.read(H_CSR + 1), 0xFFFFFFFF, "unaligned read")
        equal(vm.read(0xFFC), vm.read(0xFF8), "the last registers")


def test_reset_is_power_on(scratch):
    with Machine(scratch) as vm:
        vm.enable()
        offsets = [o for o in range(0, 0x1000, 4) if o != ME_CB_RW]
        vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
        image = [vm.read(o) for o in offsets]
        vm.reset_link()
        vm.set_config(PMCSR, 3, "w")
        vm.qmp("system_reset")
        vm.wait_event("RESET")
        vm.enable()
        equal(vm.config(0x06, "w") >> 3 & 1, 0, "interrupt status")
        vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
        equal([vm.read(o) for o in offsets], image, "registers")


def test_unplug_and_plug(scratch):
    """Three lives in one machine; the test does the guest's part of an ACPI eject."""
    with Machine(scratch, None) as vm:
        for _ in range(3):
            vm.qmp("device_add", driver="intel-mei", id="me")
            vm.enable()
            vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
            vm.qmp("device_del", id="me")
            # PIIX4's PCI hot-plug registers: bus select, then eject with the bit of the slot.
            vm.qtest("outl 0xae10 0")
            vm.qtest(f"outl 0xae08 {1 << 0x16}")
            vm.wait_event("DEVICE_DELETED", lambda data: data.get("device") == "me")
            equal(vm.config(0), 0xFFFFFFFF, "configuration space without the device")


def save(scratch, vm, path):
    vm.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
    vm.qmp("migrate", uri=f"exec:cat > {path}")
    vm.wait_event("MIGRATION", lambda data: data["status"] == "completed")


def load(scratch, path):
    vm = Machine(scratch, args=("-incoming", "defer"))
    vm.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
    vm.qmp("migrate-incoming", uri=f"exec:cat {path}")
    vm.wait_event("MIGRATION", lambda data: data["status"] == "completed")
    return vm


def saved_machine(scratch, path):
    with Machine(scratch) as vm:
        msi_enable(vm)
        vm.reset_link()
        registers = {o: vm.read(o) for o in (H_CSR, ME_CSR_HA)}
        save(scratch, vm, path)
    return registers


def test_migration(scratch):
    path = os.path.join(scratch, "state")
    registers = saved_machine(scratch, path)
    with load(scratch, path) as vm:
        for offset, value in registers.items():
            equal(vm.read(offset), value, f"register 0x{offset:x}")
        equal(message(vm), 0x5A5A, "message that came before")
        vm.write(H_CSR, H_RST | H_IE)
        equal(message(vm), 0, "message for the condition that had its own")


def test_migration_trusts_nothing(scratch):
    path = os.path.join(scratch, "state")
    saved_machine(scratch, path)
    with open(path, "rb") as file:
        state = bytearray(file.read())
    # Behind the section's name: instance, version; platform; PCI: version, configuration, INTx; ring
    # of slots.
    pointer = state.index(b"\x06tgp-lp") + 7 + 4 + 256 + 16 + 128 * 4
    state[pointer] = state[pointer + 1] + 129 & 0xFF  # more than the buffer holds
    with open(path, "wb") as file:
        file.write(state)
    result = run("qemu", "-M", "pc", "-m", "16", "-accel", "tcg", "-display", "none", "-nodefaults",
                 "-bios", os.path.join(scratch, "halt.bin"), "-device", "intel-mei", "-S",
                 "-incoming", f"exec:cat {path}")
    equal(result.returncode, 1, "exit status")
    if "intel-mei: the saved registers are none that this platform can have" not in result.stderr:
        raise AssertionError(f"stderr: {result.stderr!r}")


def test_trace_events(scratch):
    log = os.path.join(scratch, "trace")
    with Machine(scratch, args=("-trace", "mei_reg_*", "-D", log)) as vm:
        vm.enable()
        vm.read(H_CSR)
    with open(log, encoding="utf-8") as file:
        text = file.read()
    if "mei_reg_read host reads H_CSR (offset 0x004, 4 bytes): 0x" not in text:
        raise AssertionError(f"log: {text!r}")


def main(namespace=None):
    """Every test_ function of the namespace; of this module unless another hands in its own."""
    tests = [(name, func) for name, func in (namespace or globals()).items()
             if name.startswith("test_") and not (BUILT_IN and hasattr(func, "about_module"))]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, func) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                func(scratch)
                result = "ok"
            except Exception:  # pylint: disable=broad-except
                result = "not ok"
                failed += 1
                print("# " + traceback.format_exc().strip().replace("\n", "\n# "))
        print(f"{result} {number} - {name[len('test_'):].replace('_', ' ')}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
