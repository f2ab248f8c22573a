# SPDX-License-Identifier: GPL-2.0-or-later
"""Register operations beside QEMU's own device "edu", in one QEMU.

Through qtest an operation is a line of text and its answer, so that both devices look alike; the
guest's own processor shows what a driver sees.
"""

import functools
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from . import machine
from .figure import Aim, Failed, Figure, Measured, compare, in_turns, ratios

AIM = Aim(least=0.9)
BATCH = 100  # requests in flight
TURNS = 200
ALONE = 50  # round trips in one turn of the unbatched figures
LOOP_COUNT = 1000  # accesses in one turn of loop.S
LOOP_ROUNDS = 1000
LOOP_WARM = 10  # rounds in which QEMU translates the code
ROUND = struct.Struct("<8I")
OURS = machine.MEI_BAR + machine.H_CSR
YARDSTICK = machine.EDU_BAR + 0x04  # edu's register that inverts what is written
DEVICES = ("intel-mei", f"edu,addr={machine.EDU_SLOT:#x}")


def opened(**options):
    """A QEMU with both devices, their registers in place."""
    box = machine.Machine(DEVICES, **options)
    box.place(machine.MEI_SLOT, machine.MEI_BAR)
    box.place(machine.EDU_SLOT, machine.EDU_BAR)
    if box.ask(f"readl {YARDSTICK}") == box.ask(f"readl {OURS}"):
        box.close()
        raise Failed("the two devices' registers are not where they should be")
    return box


def rate(box, request, batches, size):
    """Operations a second."""
    requests = f"{request}\n".encode() * size
    begin = time.perf_counter()
    for _ in range(batches):
        answers = box.batch(requests, size)
    seconds = time.perf_counter() - begin
    if not answers.startswith(b"OK"):
        raise Failed(f"qtest {request}: {answers.splitlines()[0].decode()}")
    return batches * size / seconds


def by_qtest(requests, batches, size, bench):
    """The rates' ratio; REQUESTS are ours and the yardstick's."""
    ours, yardstick = requests
    with opened() as box:
        return compare(in_turns(bench.turns(TURNS),
                                lambda: rate(box, ours, batches, size),
                                lambda: rate(box, yardstick, batches, size)))


def image():
    """loop.S as a machine's firmware."""
    source = Path(__file__).with_name("loop.S")
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        command = f"""
            as --32 --defsym OURS={OURS} --defsym YARDSTICK={YARDSTICK} \\
                --defsym COUNT={LOOP_COUNT} -o loop.o {source} &&
            ld -m elf_i386 -Ttext 0 -e 0 --oformat binary -o loop.bin loop.o"""
        done = subprocess.run(["sh", "-c", command], cwd=scratch, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise Failed("the guest program does not assemble: " + done.stderr.strip())
        return Path(scratch, "loop.bin").read_bytes()


def rounds_of_loop(bench):
    """For each round of loop.S the cycles of its eight turns."""
    count = bench.turns(LOOP_ROUNDS) + LOOP_WARM
    told = b""
    with opened(bios=image(), console=True) as box:
        box.qmp("cont")
        while len(told) < count * ROUND.size:
            data = box.console.recv(1 << 16)
            if not data:
                raise Failed("QEMU is gone")
            told += data
    return list(ROUND.iter_unpack(told[:count * ROUND.size]))[LOOP_WARM:]


def by_processor(first, bench):
    """As by_qtest(), for four turns of loop.S from FIRST on: ours, yardstick, yardstick, ours."""
    # The ratio of rates is that of times the other way round.
    pairs = [(turns[first + 1] + turns[first + 2], turns[first] + turns[first + 3])
             for turns in bench.once(rounds_of_loop)]
    value, middle = ratios(pairs)
    return Measured(value, {"middle_half": middle, "pairs": len(pairs)})


READS = (f"readl {OURS:#x}", f"readl {YARDSTICK:#x}")
WRITES = (f"writel {OURS:#x} 0", f"writel {YARDSTICK:#x} 0")


def figure(name, what, function, *arguments):
    """A row of this file."""
    return Figure(name, what, "× edu's rate", AIM, functools.partial(function, *arguments))


FIGURES = [
    figure("register-reads", f"reads of H_CSR through qtest, {BATCH} in flight",
           by_qtest, READS, 1, BATCH),
    figure("register-writes", f"writes of H_CSR through qtest, {BATCH} in flight",
           by_qtest, WRITES, 1, BATCH),
    figure("register-reads-alone", "reads of H_CSR through qtest, each waited for",
           by_qtest, READS, ALONE, 1),
    figure("register-writes-alone", "writes of H_CSR through qtest, each waited for",
           by_qtest, WRITES, ALONE, 1),
    figure("register-reads-guest", "reads of H_CSR by the guest's processor (TCG)",
           by_processor, 0),
    figure("register-writes-guest", "writes of H_CSR by the guest's processor (TCG)",
           by_processor, 4),
]
