# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds and dictionaries for the fuzz targets out of a capture: fuzzseeds.py CAPTURE CORPORA

What the host did becomes programs of the targets hbm and registers, as tests/fuzz/fuzz-hbm.c and fuzz-registers.c read
them; windows of the file itself are inputs of capture. A long capture gives several files, each of the size of an
input, and the first ones are kept. Into CORPORA/TARGET go seed-NAME-NUMBER, and CORPORA/TARGET.dict gets the words
that it did not have.
"""
import itertools
import re
import struct
import sys
from pathlib import Path

INPUT_MAX = 1024  # FUZZ_INPUT_MAX
BLOCK_PACKET = 6
READ, WRITE, RESET, PACKET = 2, 3, 8, 13
TO_HOST, OUTSIDE = 1, 8
WORDS_MAX = 400  # of a dictionary: more cost more than they find
SEEDS_MAX = {"hbm": 12, "registers": 12, "capture": 3}  # the beginning of a session has most of what differs

# Of fuzz-hbm.c: operations, and a byte from which on the address itself follows.
HBM_RAW, HBM_DATA, HBM_READ, HBM_TIME, HBM_SPECIAL, HBM_RAW_MAX, ADDRESS_FOLLOWS = 3, 4, 6, 7, 8, 48, 0xE0
# Of fuzz-registers.c, with its row of registers.
REG_WRITE, REG_WINDOW, REG_READ_WORDS, REG_TIME, REG_SPECIAL = 1, 4, 6, 7, 10
REGISTERS = [0x00, 0x04, 0x08, 0x0C, 0x10, 0x30, 0x800]
H_CB_WW, H_CSR, ME_CB_RW = 0x00, 0x04, 0x08


def blocks(data):
    """Type, time in ns and bytes of each block of a pcapng file; one that is cut short ends it."""
    at = 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if size < 12 or size % 4 or at + size > len(data):
            return
        yield kind, data[at:at + size]
        at += size


def records(data):
    """(time in ns, kind, flags, body) of each record."""
    for kind, block in blocks(data):
        if kind != BLOCK_PACKET or len(block) < 32:
            continue
        _, high, low, size, _ = struct.unpack_from("<IIIII", block, 8)
        body = block[28:28 + size]
        if len(body) >= 4 and body[0] == 1:
            yield high << 32 | low, body[1], struct.unpack_from("<H", body, 2)[0], body[4:]


def power(nanoseconds):
    """The number of the power of two that is no less."""
    return min(max(nanoseconds - 1, 0).bit_length(), 35)


def hbm_step(kind, flags, body):
    """What an input of hbm says for that record; b"": nothing."""
    if kind == RESET:
        return bytes([HBM_SPECIAL, 1])
    if kind != PACKET or flags & (TO_HOST | OUTSIDE) or len(body) < 4:
        return b""
    header = struct.unpack_from("<I", body)[0]
    client, host, data = header & 0xFF, header >> 8 & 0xFF, body[4:]
    if client == 0 and host == 0:
        step = bytes([HBM_RAW, len(data)]) + data if len(data) < HBM_RAW_MAX else b""
    else:
        long = len(data) >= 32
        step = bytes([HBM_DATA, ADDRESS_FOLLOWS, client, ADDRESS_FOLLOWS, host,
                      (0 if header >> 31 else 1) | (0x10 if long else 0)])
        step += struct.pack("<H" if long else "<B", len(data)) + data[:16]
    # The firmware answers, and the host takes it.
    return step + bytes([HBM_TIME, 30, HBM_READ, 7]) if step else b""


def register_steps(taken):
    """The same for registers, of all records in turn."""
    words, last = 0, None
    for time, kind, flags, body in taken:
        step = b""
        if flags & OUTSIDE or kind not in (READ, WRITE, RESET):
            continue
        offset, size, value = struct.unpack_from("<IIQ", body) if len(body) >= 16 else (None, 0, 0)
        if kind == READ and offset == ME_CB_RW:
            words += 1
            continue
        if words:
            yield bytes([REG_READ_WORDS, min(words, 255)])
            words = 0
        if last is not None and time > last:
            step = bytes([REG_TIME, power(time - last)])
        if kind == RESET:
            step += bytes([REG_SPECIAL, 0])
        elif kind == WRITE and offset == H_CB_WW and size == 4:
            step += struct.pack("<BI", REG_WINDOW, value & 0xFFFFFFFF)
        elif kind == WRITE and offset in REGISTERS and size == 4:
            step += struct.pack("<BBI", REG_WRITE, REGISTERS.index(offset), value & 0xFFFFFFFF)
        else:
            continue  # a read that changes nothing
        last = time
        yield step


def programs(head, steps):
    """Inputs that begin with head, each with as many steps as it holds."""
    now = head
    for step in steps:
        if len(now) + len(step) > INPUT_MAX:
            yield now
            now = head
        now += step
    if len(now) > len(head):
        yield now


def files(data):
    """Small captures: the file's head, and as many packets as an input holds."""
    head, rest = b"", []
    for kind, block in blocks(data):
        if kind == BLOCK_PACKET:
            rest.append(block)
        elif not rest:
            head += block
    return programs(b"\0" + head, rest)


def words(taken):
    """Headers and beginnings of messages, the words in them, and what was written to the control registers."""
    found = {"hbm": {}, "registers": {}}  # in the order in which they came
    for _, kind, flags, body in taken:
        if kind == PACKET and not flags & (TO_HOST | OUTSIDE) and len(body) >= 4:
            found["hbm"][body[4:12]] = found["registers"][body[:4]] = None
            for text in re.findall(rb"[A-Za-z][A-Za-z0-9_.:-]{3,31}", body[4:]):
                found["hbm"][text] = None
        elif kind == WRITE and len(body) >= 16:
            # What the host can change of H_CSR is its lowest byte.
            found["registers"][body[8:9] + bytes(3) if body[0] == H_CSR else body[8:12]] = None
    return {target: [word for word in some if word] for target, some in found.items()}


def line(word):
    """As libFuzzer and AFL++ read it."""
    return '"' + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\x{b:02x}" for b in word) + '"'


def main(capture, corpora):
    """Writes all that the capture gives; exit status 2 where it gives nothing."""
    try:
        data = Path(capture).read_bytes()
    except OSError as error:
        sys.exit(f"fuzz: cannot read '{capture}': {error.strerror}")
    taken = list(records(data))
    if not taken or not struct.pack("<I", 0x0A0D0D0A) == data[:4]:
        print(f"fuzz: '{capture}' is no capture of swme's: scripts/guest --record makes one", file=sys.stderr)
        return 2
    name = re.sub(r"[^a-zA-Z0-9]+", "-", Path(capture).stem)
    made = {
        "hbm": programs(bytes([0, 0]), (hbm_step(*one[1:]) for one in taken)),
        "registers": programs(bytes([0, 0, 0]), register_steps(taken)),
        "capture": files(data),
    }
    for target, inputs in made.items():
        folder = Path(corpora) / target
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for count, one in enumerate(itertools.islice(inputs, SEEDS_MAX[target]), 1):
            (folder / f"seed-{name}-{count}").write_bytes(one)
        print(f"fuzz: {target}: {count} seeds", file=sys.stderr)
    for target, some in words(taken).items():
        path = Path(corpora) / f"{target}.dict"
        have = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        new = [one for one in dict.fromkeys(map(line, some)) if one not in have][:max(WORDS_MAX - len(have), 0)]
        path.write_text("".join(f"{one}\n" for one in have + new), encoding="ascii")
        print(f"fuzz: {path}: {len(new)} new words", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
