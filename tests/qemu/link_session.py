# SPDX-License-Identifier: GPL-2.0-or-later
"""A host's whole session as single register accesses, and what the guest sees after each.

A step is a word and its arguments. The list grows while it is run for the first time, for how many
words an answer has is known only then; afterwards it is played as it is.
"""
import struct

from module_test import BAR, H_CSR, H_IE, H_IG, H_IS, H_RDY, H_RST, ME_CB_RW, ME_CSR_HA, MSI_TARGET

H_CB_WW, H_HPG_CSR, H_D0I3C = 0x00, 0x10, 0x800
D0I3C_IE, D0I3C_IS = 0x20, 0x40
CIP, IR, I3 = 1, 2, 4
PGIHEXR, PGI = 1, 2
EXTENDED, DMA_RING, COMPLETE = 1 << 28, 1 << 29, 1 << 31

HOST_RING, DEVICE_RING, CONTROL = 0x200000, 0x210000, 0x220000
RING = 0x1000
BUS = (0, 0)
MKHI_FIXED = (7, 0)


def words(data):
    data = data + bytes(-len(data) % 4)
    return struct.unpack(f"<{len(data) // 4}I", data)


def looks(d0i3, pgi):
    """The registers that a guest may read at any time without an effect."""
    return [H_CSR, ME_CSR_HA] + [H_D0I3C] * d0i3 + [H_HPG_CSR] * pgi


class Player:
    """Plays steps on a machine. After each it looks at everything that the guest could see.

    mask leaves out bits of ME_CSR_HA."""

    def __init__(self, vm, d0i3, pgi, mask=0):
        self.vm, self.looks, self.mask = vm, looks(d0i3, pgi), mask

    def batch(self, commands):
        """Sends them all, then reads all answers: one trip for the lot."""
        self.vm.qtest_socket.send("\n".join(commands))
        answers = []
        while len(answers) < len(commands):
            line = self.vm.qtest_socket.file.readline()
            if not line:
                raise RuntimeError("QEMU is gone")
            if not line.startswith("IRQ"):
                answers.append(line.split()[1:])
        return [int(answer[0], 0) if answer else None for answer in answers]

    def observe(self):
        """Interrupt pending (INTx), the message that came since the last look (MSI), registers."""
        commands = [f"outl 0xcf8 {0x80000000 | 0x16 << 11 | 4}", "inw 0xcfe",
                    f"readl {MSI_TARGET}", f"writel {MSI_TARGET} 0"]
        commands += [f"readl {BAR + offset}" for offset in self.looks]
        answers = self.batch(commands)
        answers[5] &= ~self.mask
        return (answers[1] >> 3 & 1, answers[2], *answers[4:])

    def play(self, step):
        """The value that the step read, if any, and what the guest sees then."""
        kind, *args = step
        value = None
        if kind == "w":
            self.batch([f"writel {BAR + args[0]} {args[1]}"])
        elif kind == "r":
            value, = self.batch([f"readl {BAR + args[0]}"])
            value &= ~(self.mask if args[0] == ME_CSR_HA else 0)
        elif kind == "poke":
            self.batch([f"write {args[0]} {len(args[1]) // 2} 0x{args[1]}"])
        elif kind == "peek":
            value = tuple(self.batch([f"readl {args[0] + i}" for i in range(0, args[1], 4)]))
        return value, self.observe()


class Recorder:
    """Makes the list of steps while it plays them; before(number) is called in front of each."""

    def __init__(self, player, before=lambda number: None, settle=lambda: None):
        self.player, self.before, self.settle = player, before, settle
        self.steps, self.trace = [], []
        self.kicks = []  # numbers of the steps after which the firmware acts
        self.names = {}  # number of the step before which a state was reached: its name

    def step(self, *step):
        self.before(len(self.steps))
        self.steps.append(step)
        self.trace.append(self.player.play(step))
        return self.trace[-1]

    def kick(self, *step):
        self.kicks.append(len(self.steps))
        self.step(*step)
        self.settle()

    def state(self, name):
        """The next step begins in a state that has a name."""
        self.names[len(self.steps)] = name

    def write(self, offset, value):
        self.step("w", offset, value)

    # ---- what a driver does ----

    enable = H_IE | D0I3C_IE

    def link_up(self):
        self.write(H_CSR, self.enable)
        self.kick("w", H_CSR, self.enable | H_RST | H_IG | H_IS)
        self.state("reset answered, H_RST still set")
        self.write(H_CSR, self.enable | H_RST | H_IS)
        self.write(H_CSR, self.enable | H_IG)
        self.write(H_CSR, self.enable | H_RDY | H_IG)

    def doorbell(self):
        self.kick("w", H_CSR, self.enable | H_RDY | H_IG)

    def put(self, pair, data, flags=COMPLETE):
        """A packet onto the ring, without the doorbell."""
        self.write(H_CB_WW, pair[0] | pair[1] << 8 | len(data) << 16 | flags)
        for word in words(data):
            self.write(H_CB_WW, word)

    def send(self, pair, data, flags=COMPLETE):
        self.put(pair, data, flags)
        self.doorbell()

    def hbm(self, *data):
        self.send(BUS, bytes(data))

    def drain(self, most=None):
        """Reads what is there, at most so many words, acknowledges and tells of the room."""
        csr = self.step("r", ME_CSR_HA)[0]
        filled = (csr >> 16) - (csr >> 8) & 0xFF
        got = [self.step("r", ME_CB_RW)[0]
               for _ in range(filled if most is None else min(most, filled))]
        self.kick("w", H_CSR, self.enable | H_RDY | H_IS | H_IG)
        return got

    def ask(self, *data):
        """A host bus message and its answer, as bytes."""
        self.hbm(*data)
        got = self.drain()
        return struct.pack(f"<{len(got) - 1}I", *got[1:])

    def find(self, guid_start):
        """Enumerates; the address of the client whose GUID begins so."""
        found = None
        bitmap = self.ask(4, 1, 0, 0)[4:36]
        for address in range(256):
            if bitmap[address // 8] >> address % 8 & 1:
                if self.ask(5, address, 0, 0)[4:8] == guid_start:
                    found = address
        return found


ECHO = struct.pack("<I", 0x7E57EC40)
AMTHI = struct.pack("<I", 0x12F80028)
AMTHI_VERSION = bytes((1, 1, 0, 0, 0x1A, 0, 0, 4, 0, 0, 0, 0))


def dma_ring_session(rec, echo):
    """A message and its answer in guest memory."""
    data = bytes(i * 7 & 0xFF for i in range(600))
    rec.hbm(8, echo, 1, 0, 0, 0, 0, 0)
    rec.step("poke", HOST_RING, data.hex())
    rec.step("poke", CONTROL, struct.pack("<I", 150).hex())
    rec.state("DMA ring filled, not told of")
    rec.send((echo, 1), struct.pack("<I", len(data)), COMPLETE | DMA_RING)
    rec.state("DMA ring answered")
    rec.step("peek", CONTROL, 32)
    rec.step("peek", DEVICE_RING, len(data))
    rec.step("poke", CONTROL + 24, struct.pack("<I", 150).hex())
    rec.drain()


def d0i3_session(rec):
    rec.kick("w", H_D0I3C, IR | I3)
    rec.state("in D0i3")
    rec.write(H_CSR, rec.enable | H_RDY | D0I3C_IS | H_IS)
    rec.kick("w", H_D0I3C, IR)
    rec.state("out of D0i3, not acknowledged")
    rec.write(H_CSR, rec.enable | H_RDY | D0I3C_IS | H_IS)


def new_generation(rec):
    """HBM 2.2: D0i3, virtual tags, DMA ring; AMTHI and notification; a reset in the middle."""
    rec.state("powered on")
    rec.link_up()
    rec.state("link up, START not sent")
    rec.ask(1, 0, 2, 2)
    rec.ask(0x13, 1, 0, 0)
    rec.hbm(0x12, *[0] * 3, *struct.pack("<9I", 0, HOST_RING, RING, 0, DEVICE_RING, RING, 0,
                                         CONTROL, RING))
    rec.drain()
    rec.state("started, not enumerated")
    echo, amthi = rec.find(ECHO), None
    amthi = rec.find(AMTHI)
    rec.hbm(6, echo, 1, 0)
    rec.state("CONNECT answered, not read")
    rec.drain()
    rec.hbm(6, amthi, 2, 0)
    rec.drain()
    rec.state("clients connected")
    # A message in two packets, each of which the firmware takes by itself; its answer has no credit.
    rec.put((echo, 1), b"first half..", 0)
    rec.doorbell()
    rec.state("half a message taken")
    rec.send((echo, 1), b"second half.")
    rec.state("answer without a credit")
    rec.hbm(8, echo, 1, 0, 0, 0, 0, 0)
    rec.state("answer on the ring")
    rec.drain(2)
    rec.state("answer read in part")
    rec.drain()
    rec.hbm(8, echo, 1, 0, 0, 0, 0, 0)
    rec.send((echo, 1), bytes((1, 1, 0, 0, 1, 1, 77, 0)) + b"tagged", COMPLETE | EXTENDED)
    rec.drain()
    dma_ring_session(rec, echo)
    rec.send((amthi, 2), AMTHI_VERSION)
    rec.send(MKHI_FIXED, bytes((0xFF, 2, 0, 0)))
    rec.hbm(0x10, echo, 1, 1)
    rec.state("three answers pending")
    d0i3_session(rec)
    rec.drain()
    rec.hbm(8, amthi, 2, 0, 0, 0, 0, 0)
    rec.drain()
    rec.put((echo, 1), b"cut", 0)
    rec.write(H_CB_WW, echo | 1 << 8 | 40 << 16 | COMPLETE)
    rec.state("mid-packet")
    rec.write(H_CB_WW, 0x11111111)
    rec.doorbell()
    rec.kick("w", H_CSR, rec.enable | H_RST | H_IG | H_RDY)
    rec.state("mid-reset")
    rec.link_up()
    rec.ask(1, 0, 2, 2)


def old_generation(rec):
    """HBM 1.1: INTx, isolation by H_HPG_CSR; a message that fills both rings."""
    message = (bytes(range(256)) * 3)[:540]
    rec.link_up()
    rec.ask(1, 0, 1, 1)
    echo = rec.find(ECHO)
    rec.hbm(6, echo, 3, 0)
    rec.drain()
    rec.hbm(8, echo, 3, 0, 0, 0, 0, 0)
    rec.send((echo, 3), message[:500], 0)
    rec.state("half a message taken")
    rec.send((echo, 3), message[500:])
    rec.state("ring filled to the brim, the rest waits")
    rec.drain(100)
    rec.drain()
    rec.drain()
    rec.hbm(0x0A, 0, 0, 0)
    rec.drain()
    rec.kick("w", H_HPG_CSR, PGI)
    rec.state("isolated")
    rec.kick("w", H_HPG_CSR, PGIHEXR)
    rec.state("isolation left")
    rec.drain()
    rec.write(H_HPG_CSR, 0)
    rec.hbm(7, echo, 3, 0)
    rec.drain()
    rec.kick("w", H_CSR, rec.enable | H_RST | H_IG | H_RDY)
    rec.state("mid-reset")
    rec.link_up()
    rec.ask(1, 0, 1, 1)


# platform: session, D0i3, PGI, MSI
SESSIONS = {"tgp-lp": (new_generation, True, False, True),
            "lpt-h": (old_generation, False, True, False)}
