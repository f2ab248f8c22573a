# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/fuzz kernel: a stock or new kernel's driver against a firmware that damages its answers."""

import argparse
import concurrent.futures
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from guest import common, kernels
from regress import boot as boots_of
from regress import runner
from regress.cli import Interrupted, interrupted, platforms

from . import findings, session

OUTPUT = common.ROOT / "build-fuzz/kernel"
EVERYTHING = "registers+packets+messages"  # in the capture of what is kept
Parser = common.Parser
Usage = common.Usage


def number(text):
    """A whole number that is not negative."""
    if not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError(f"a whole number, not '{text}'")
    return int(text)


def parse(arguments):
    """The options."""
    parser = Parser(prog="scripts/fuzz kernel", allow_abbrev=False, description=(
        "A guest whose firmware damages its answers, from a seed: firmware resets, users, the driver "
        "unloaded and loaded anew. What the kernel complains of is saved, with its seed and a capture."),
        epilog="exit status: 0 nothing found, 1 found, 2 wrong use")
    option = parser.add_argument
    option("--kernel", metavar="FILE|SERIES", default=kernels.DEFAULT,
           help=f"as scripts/guest takes it (default {kernels.DEFAULT}); one with KASAN sees most")
    option("--modules", metavar="DIR", help="the FILE's modules")
    option("--platform", metavar="NAME", default="tgp-lp", help="a generation (default tgp-lp)")
    option("--seconds", type=number, default=60, help="begin no guest after so long (default 60)")
    option("--seed", type=number, default=1, help="the first session's (default 1)")
    option("--sessions", type=number, default=16, help="in each guest (default 16)")
    option("--jobs", type=number, default=1, help="guests at once (default 1)")
    option("--first", action="store_true", help="end with the first finding")
    option("--strict", action="store_true",
           help="warnings that Linux' driver is known for are findings, too")
    option("--output", metavar="DIR", default=str(OUTPUT),
           help=f"findings go there (default {OUTPUT.relative_to(common.ROOT)})")
    option("--replay", metavar="DIR", help="a finding's directory: just that once more")
    options = parser.parse_args(arguments)
    for name in ("sessions", "jobs", "seconds"):
        if getattr(options, name) < 1:
            raise Usage(f"--{name} needs a number above 0")
    # Of a command that is kept, the files are where they are now.
    for name in ("kernel", "modules"):
        value = getattr(options, name)
        if value and Path(value).exists():
            setattr(options, name, str(Path(value).absolute()))
    return options


class Campaign:
    """Guest after guest, until the time is over."""

    def __init__(self, options, boots, files):
        self.options, self.boots, self.files = options, boots, files
        self.guard = threading.Lock()
        self.next = options.seed
        self.end = time.monotonic() + options.seconds
        self.found, self.known = {}, {}
        self.sessions = self.guests = 0

    def seeds(self):
        """The next guest's; none when it is over."""
        with self.guard:
            over = time.monotonic() >= self.end or (self.options.first and self.found)
            if over and self.guests:
                return []
            self.guests += 1
            first, self.next = self.next, self.next + self.options.sessions
            return list(range(first, self.next))

    def work(self):
        """One guest after the other."""
        while seeds := self.seeds():
            with tempfile.TemporaryDirectory(dir=self.files) as place:
                result = session.run(self.boots, self.options, seeds, f"{place}/all")
                with self.guard:
                    self.sessions += result.done
                for sign in result.signs:
                    self.take(sign, result, place)

    def take(self, sign, result, place):
        """Something that the kernel said: new, or seen before?"""
        with self.guard:
            known = not self.options.strict and findings.known(sign)
            kind = self.known if known else self.found
            seen = sign.signature in kind
            kind[sign.signature] = kind.get(sign.signature, 0) + 1
        if known or seen:
            return
        shown, best, capture = self.confirm(sign, result, place)
        path = findings.directory(self.options.output, sign)
        findings.save(path, self.options, sign, best, capture, shown)
        print(f"{sign.signature}\n  seed {sign.session}; "
              f"{'reproduced' if shown else 'not reproduced'} with {len(best.seeds)} session(s); "
              f"again: {findings.again(path)}", flush=True)

    def confirm(self, sign, result, place):
        """Alone, or with all that came before: what shows it again, and the capture of that."""
        before = [seed for seed in result.seeds if seed <= sign.session] or result.seeds
        alone = [[sign.session]] * 2 if sign.session in result.seeds else []
        attempts = alone + ([before] if before not in alone else [])
        for index, seeds in enumerate(attempts):
            capture = f"{place}/again{index}"
            once_more = session.run(self.boots, self.options, seeds, capture, EVERYTHING)
            if any(other.signature == sign.signature for other in once_more.signs):
                return True, once_more, capture
        return False, result, f"{place}/all"


def replay(options, boots, files, record):
    """A saved finding: 1 if it shows again."""
    capture = f"{files}/capture"
    result = session.run(boots, options, record["seeds"], capture, EVERYTHING)
    kept = Path(options.replay, "replay.pcapng")
    shutil.copyfile(capture, kept)
    Path(options.replay, "replay.log").write_text(result.log, encoding="utf-8")
    for sign in result.signs:
        print(sign.signature, flush=True)
    shown = any(sign.signature == record["signature"] for sign in result.signs)
    print(f"kernel: {'reproduced' if shown else 'not reproduced'}; capture: {kept}", file=sys.stderr)
    return 1 if shown else 0


def campaign(options, boots, files):
    """The run; 1 if it found anything."""
    begin = time.monotonic()
    runs = Campaign(options, boots, files)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in [pool.submit(runs.work) for _ in range(options.jobs)]:
            done.result()
    for signature, times in runs.known.items():
        print(f"known: {signature} ({times} times)", flush=True)
    print(f"kernel: {runs.sessions} sessions in {runs.guests} guests, "
          f"{time.monotonic() - begin:.0f} s, seeds {options.seed} to {runs.next - 1}: "
          f"{len(runs.found)} findings", file=sys.stderr)
    return 1 if runs.found else 0


def run(options):
    """What was asked for."""
    record = findings.load(options.replay) if options.replay else None
    for field in ("kernel", "modules", "platform") if record else ():
        setattr(options, field, record[field])
    platforms([options.platform])
    kernels.choose(options.kernel, options.modules)
    with tempfile.TemporaryDirectory(prefix="swme-kernel.", dir=boots_of.place()) as files:
        runner.overlay(f"{files}/root")
        # One machine for all guests, saved when the first one wants it.
        boots = boots_of.Boots(files, {session.boot(options): sys.maxsize})
        try:
            boots.prepare(session.boot(options))
            return replay(options, boots, files, record) if record else \
                campaign(options, boots, files)
        except Interrupted:
            # Guests end with the threads that started them, and those with this process.
            shutil.rmtree(files, ignore_errors=True)
            sys.stdout.flush()
            os._exit(130)


def main(arguments):
    """The whole script; its exit status."""
    for number_of in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number_of, interrupted)
    try:
        return run(parse(arguments))
    except Usage as error:
        print(f"kernel: {error}", file=sys.stderr)
        return 2
    except common.Failed as error:
        print(f"kernel: {error}", file=sys.stderr)
        return 3
    except Interrupted:
        return 130
