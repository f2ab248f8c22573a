# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/qemu-tree: options in, a tree with the device or a QEMU with it out."""

import argparse
import contextlib
import fcntl
import os
import signal
import sys
from pathlib import Path

from guest.common import Failed, Parser, Usage

from . import build, lay, source

DESCRIPTION = """\
Lays the device intel-mei into a QEMU source tree, or brings it up to date there.  Without
--source the tree is Debian's QEMU 10.0, fetched once and cached.  Prints the tree, or with
--build the binary.
"""
EPILOG = """\
exit status: 0: done; 1: it did not build, or could not be fetched; 2: wrong use.
The cache is ~/.cache/swme/qemu-tree (or $XDG_CACHE_HOME/swme/qemu-tree); builds are there too.
With `SWME_QEMU=BINARY SWME_QEMU_MODULE=none` in front, the other tools use the binary that was
built: build/swme qemu, scripts/guest, the tests.
"""


def say(text):
    """One line for a person; stdout has the result alone."""
    print(f"qemu-tree: {text}", file=sys.stderr, flush=True)


def parse(arguments):
    """The options."""
    parser = Parser(prog="scripts/qemu-tree", description=DESCRIPTION, epilog=EPILOG,
                    allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--source", metavar="DIR", help="a QEMU source tree of your own")
    option("--any-version", action="store_true",
           help=f"take a tree that is not QEMU {lay.TESTED}, too; what comes of it is not tested")
    option("--build", action="store_true", help="build it: one target and no extras")
    option("--target", default="x86_64-softmmu", metavar="NAME",
           help="the target to build (default %(default)s)")
    option("--sanitize", action="store_true", help="build it with ASan and UBSan")
    option("--output", metavar="FILE", help="put the binary there, and not into the cache")
    option("--remove", action="store_true", help="take the device out of the tree again")
    option("--refresh", action="store_true", help="fetch Debian's source anew if there is a newer")
    options = parser.parse_args(arguments)
    if not options.target.endswith("-softmmu"):
        raise Usage(f"--target {options.target}: the name of a system target ends with -softmmu")
    if options.remove and options.build:
        raise Usage("--remove leaves nothing to --build")
    if options.source and options.refresh:
        raise Usage("--refresh is for Debian's source, not for a --source")
    if not options.build and (options.sanitize or options.output):
        raise Usage("--sanitize and --output go with --build")
    return options


@contextlib.contextmanager
def held(directory):
    """Have a directory to ourselves, as far as other runs of this go; nothing is written for it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def run(options):
    """What was asked for; the line to print."""
    if options.source:
        tree = Path(options.source).resolve()
    else:
        tree = source.fetch(options.refresh, say)
    text = lay.version(tree, options.any_version)
    if options.build and not (tree / "configs/targets" / f"{options.target}.mak").is_file():
        raise Usage(f"--target {options.target}: this QEMU has no such target")
    # Held to the end: another checkout of ours would lay its own device under this build.
    with held(tree):
        changed = lay.remove(tree) if options.remove else lay.lay(tree)
        say(f"QEMU {text} in {tree}: {changed} files changed")
        if not options.build:
            return tree
        binary = build.build(tree, not options.source, options.target, options.sanitize, say)
        return build.copy(binary, Path(options.output or build.beside(binary)))


def main(arguments):
    """The whole script; its exit status."""
    def interrupted(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        print(run(parse(arguments)))
        return 0
    except Usage as error:
        say(f"{error} (see scripts/qemu-tree --help)" if len(str(error)) < 60 else error)
        return 2
    except Failed as error:
        say(error)
        return 2 if error.status == 2 else 1
