# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/guest: options in, one command's output and exit status out."""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import debianroot, initramfs, kernels, machine
from .common import HERE, ROOT, Failed, Parser, Usage, say

DEFAULT_TIMEOUT = 120.0
# mei and everything that Debian has on top of it; virtio carries the command's output.
WANTED = ["mei", "mei_me", "mei_wdt", "mei_hdcp", "mei_pxp", "virtio_pci", "virtio_console"]
DISK = ["virtio_blk", "ext4", "crc32c_generic"]
# The console speaks of errors only; a panic or an oops ends the guest at once, and says so.
# The kernel's tests of its own ciphers would take a tenth of the boot; its test of the timer's
# interrupt counts ticks against a busy loop, and panics where the machine outside is busy.
CMDLINE = "console=ttyS0 quiet panic=-1 oops=panic cryptomgr.notests no_timer_check"

DESCRIPTION = """\
Boots a kernel under QEMU with the virtual ME and runs CMD inside.  CMD's output comes on stdout,
its errors on stderr, its exit status is this script's.  Without CMD, a prompt in the guest.
"""
EPILOG = """\
exit status: CMD's own; 2: wrong use; 124: timed out; 125: the guest or QEMU failed.
Kernels and roots are cached in ~/.cache/swme (or $XDG_CACHE_HOME/swme).
"""


def parse(arguments):
    """The options, and CMD."""
    parser = Parser(prog="scripts/guest", description=DESCRIPTION, epilog=EPILOG,
                    usage="scripts/guest [OPTIONS] [-- CMD...]", allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--kernel", metavar="FILE|SERIES",
           help="a bzImage or ELF kernel, or one of Debian's series, fetched and cached: "
                + ", ".join(kernels.SERIES) + f" (default {kernels.DEFAULT})")
    option("--modules", metavar="DIR",
           help="the FILE's modules: what `make modules_install INSTALL_MOD_PATH=DIR` made, "
                "or lib/modules/RELEASE")
    option("--bzimage", action="store_true",
           help="boot the bzImage itself, some seconds slower: after the quick way in, a guest does "
                "not come back from suspend to RAM")
    option("--platform", metavar="NAME", help="the generation (see `build/swme platforms`)")
    option("--device-opts", metavar="K=V,...", help="more properties for -device intel-mei")
    option("--record", metavar="FILE",
           help="write a capture of all that passes between guest and ME (`build/swme replay FILE`)")
    option("--bert", metavar="NVM|SOCKET",
           help="boot with an ACPI boot error record table of that event log's errors "
                "(an NVM file's or a running firmware's; see `build/swme events --help`)")
    option("--add", metavar="DIR", action="append", default=[],
           help="lay DIR's files over the guest's root (repeatable)")
    option("--debian", metavar="PKG,...", help="a Debian root with these packages")
    option("--module", metavar="NAME", action="append", default=[],
           help="load this kernel module too (repeatable)")
    option("--qemu", metavar="ARG", action="append", default=[],
           help="one more argument for QEMU (repeatable; --qemu=-smp --qemu=2)")
    option("--append", metavar="TEXT", default="", help="more for the kernel's command line")
    option("--memory", metavar="MB", type=int, help="the guest's memory")
    option("--no-me", action="store_true", help="plain QEMU, without the virtual ME")
    option("--no-modprobe", action="store_true", help="leave loading mei_me to CMD")
    option("--stdin", action="store_true", help="CMD reads our standard input (default: nothing)")
    option("--timeout", metavar="S", type=float,
           help=f"end the guest after S seconds, exit 124 (default {DEFAULT_TIMEOUT:g}; "
                "none for a prompt)")
    option("--keep-log", metavar="FILE", help="write the guest's kernel log to FILE")
    option("--refresh", action="store_true", help="fetch the kernel or Debian root anew")
    option("--print-command", action="store_true", help="show QEMU's command line on stderr")
    # Everything behind "--" is CMD's, whatever it looks like.
    split = arguments.index("--") if "--" in arguments else len(arguments)
    _join_qemu(arguments, split)
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = parser.parse_known_args(arguments[:split])
    if rest:
        hint = "" if rest[0].startswith("-") else " (the command goes behind --)"
        raise Usage(f"unknown argument {rest[0]}{hint}")
    if options.timeout is not None and options.timeout <= 0:
        raise Usage("--timeout needs a number of seconds above 0")
    if options.no_me and (options.platform or options.device_opts or options.record or options.bert):
        raise Usage("--no-me leaves no device for --platform, --device-opts, --record or --bert")
    options.command = arguments[split + 1:]
    if "--" in arguments and not options.command:
        raise Usage("no command behind --")
    return options


def _join_qemu(arguments, split):
    """Let `--qemu -smp` be written as two words although the second looks like an option."""
    at = 0
    while at < split - 1:
        if arguments[at] in ("--qemu", "--append"):
            arguments[at:at + 2] = [f"{arguments[at]}={arguments[at + 1]}"]
            split -= 1
        at += 1


def prepare(options):
    """Make sure that the launcher is built, when the virtual ME is wanted."""
    launcher, setup = machine.LAUNCHER, ROOT / "scripts/setup"
    if options.no_me:
        return
    if not launcher.exists() and setup.exists() and not os.environ.get("SWME_NO_SETUP"):
        say("building (scripts/setup)")
        result = subprocess.run([setup], stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if result.returncode:
            raise Failed("scripts/setup failed")
    if not launcher.exists():
        raise Failed("build/swme is not built (run scripts/setup), and --no-me is not given")
    if options.platform:
        check_platform(launcher, options.platform)


def check_platform(launcher, name):
    """Refuse an unknown platform before a guest is booted for it; swme knows all their names."""
    result = subprocess.run([launcher, "platforms", "--", name], capture_output=True, text=True,
                            check=False)
    if result.returncode:
        raise Usage("--platform: " + result.stderr.strip().removeprefix("swme: platforms: "))


def boot_errors(options, scratch):
    """Words for QEMU and for the kernel, by which it finds the errors of before its boot."""
    words = {"qemu": [], "kernel": []}
    if options.bert:
        result = subprocess.run([machine.LAUNCHER, "events", options.bert, "--bert", scratch],
                                capture_output=True, text=True, check=False)
        if result.returncode:
            raise Usage("--bert: " + result.stderr.strip().removeprefix("swme: events: "))
        for line in result.stdout.splitlines():
            whose, _, word = line.partition(" ")
            words[whose].append(word)
    return words


def device(options):
    """The -device argument, or None."""
    if options.no_me:
        return None
    words = ["intel-mei"]
    if options.platform:
        words.append(f"platform={options.platform}")
    if options.device_opts:
        words.append(options.device_opts)
    if options.record:
        # QEMU takes a comma in a value twice.
        words.append("pcap=" + os.path.abspath(options.record).replace(",", ",,"))
    return ",".join(words)


def guest_config(options, marker, interactive):
    """The variables that the guest's init reads."""
    rows, columns = machine.terminal_size() if interactive else ("", "")
    values = {
        "SWME_MODPROBE": "" if options.no_modprobe else 1,
        "SWME_WAIT": "" if options.no_modprobe or options.no_me else 1,
        "SWME_EXTRA": " ".join(options.module),
        "SWME_STDIN": 1 if options.stdin else "",
        "SWME_INTERACTIVE": 1 if interactive else "",
        "SWME_DISK": 1 if options.debian else "",
        "SWME_MARKER": marker, "SWME_ROWS": rows, "SWME_COLUMNS": columns,
        "TERM": os.environ.get("TERM", "linux") if interactive else "dumb",
    }
    return "".join(f"{key}={shlex.quote(str(value))}\n" for key, value in values.items())


def build_initramfs(options, kernel, config, path):
    """Write the guest's first root."""
    heci = ROOT / "build/heci-static"
    archive = initramfs.base(heci if heci.is_file() else None)
    if kernel.modules:
        initramfs.add_modules(archive, kernel.modules, WANTED + (DISK if options.debian else []),
                              [name.replace("-", "_") for name in options.module])
    elif options.module:
        raise Usage("--module needs --modules with a --kernel FILE")
    archive.directory("swme/overlay")
    for directory in options.add:
        archive.lay_over(directory, "swme/overlay" if options.debian else "")
    archive.file("swme/load", (HERE / "load").read_bytes(), 0o755)
    archive.file("swme/config", config.encode())
    words = " ".join(shlex.quote(word) for word in options.command)
    archive.file("swme/command", os.fsencode(f"run {words}\n"))
    archive.write(path)


def run(options):
    """Boot, run, and give back the exit status."""
    interactive = not options.command and sys.stdin.isatty()
    if not options.command and not interactive:
        # A script on standard input is what a shell without a terminal is for.
        options.command, options.stdin = ["sh"], True
    for directory in options.add:
        if not Path(directory).is_dir():
            raise Usage(f"--add {directory}: no such directory")
    kernel = kernels.choose(options.kernel, options.modules, options.refresh, options.bzimage)
    log = open_log(options.keep_log)
    prepare(options)
    disk = debianroot.choose(options.debian, options.refresh) if options.debian else None
    scratch = tempfile.mkdtemp(prefix="swme-guest.")
    try:
        initrd = Path(scratch, "initrd")
        errors = boot_errors(options, scratch)
        box = machine.Machine(
            kernel=kernel.image, initrd=initrd, device=device(options), disk=disk,
            memory=options.memory or (1024 if disk else 512),
            cmdline=" ".join([CMDLINE, *errors["kernel"], options.append]).strip(),
            qemu=errors["qemu"] + options.qemu)
        watch = machine.Watch(box, log, options.timeout or DEFAULT_TIMEOUT,
                              0 if options.stdin else None)
        build_initramfs(options, kernel, guest_config(options, watch.marker, interactive), initrd)
        if options.print_command:
            say(shlex.join(box.command()))
        if interactive:
            return machine.interactive(box, options.timeout)
        return watch.run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def open_log(path):
    """The log, refused early where it cannot be written."""
    try:
        return machine.Log(path)
    except OSError as error:
        raise Usage(f"--keep-log {path}: {error.strerror}") from error


def main(arguments):
    """The whole script; its exit status."""
    def interrupted(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        return run(parse(list(arguments)))
    except Usage as error:
        say(f"{error} (see scripts/guest --help)" if len(str(error)) < 60 else error)
        return 2
    except Failed as error:
        say(error)
        return error.status
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
