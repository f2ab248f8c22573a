# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU built from a tree with the device in it: one target and little else."""

import hashlib
import os
import re
import shutil
import subprocess

from guest.common import ROOT, Failed, program

from . import lay, source

PACKAGES = ("gcc", "libc6-dev", "pkg-config", "ninja-build", "python3", "python3-venv",
            "libglib2.0-dev", "libjson-glib-dev", "libsoup-3.0-dev", "libxml2-dev", "libslirp-dev",
            "glib-networking", "libgnutls28-dev", "zlib1g-dev")

# The devices of the build of our own tree: what the tests and a guest of scripts/guest need.
DEVICES = """\
CONFIG_I440FX=y
CONFIG_Q35=y
CONFIG_INTEL_MEI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_VIRTIO_BLK=y
"""
# Debian's places of firmware, which its source package does not have.
FIRMWARE = "/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu"
CFLAGS = "-O1 -g0"
# What gcc says of QEMU itself at these levels would stop a build that is about our files.
NO_ERROR = " -Wno-error=maybe-uninitialized"
OUR_WARNING = re.compile(rf"^\S*{lay.FOLDER}/\S*: (?:warning|error): .*$", re.MULTILINE)


def place(tree, own, target, sanitize):
    """The build's folder: beside our own source, and for another tree one that is named after it."""
    if own:
        home = tree.parent
    else:
        home = source.base("own-" + hashlib.sha256(os.fsencode(tree)).hexdigest()[:12])
    return home / f"build-{target}{'-sanitize' if sanitize else ''}"


def _configuration(tree, own, target, sanitize):
    """configure's arguments."""
    words = [f"--target-list={target}", "--without-default-features", "--enable-tcg",
             "--disable-download", "--disable-install-blobs", "--enable-trace-backends=log",
             f"--firmwarepath={FIRMWARE}"]
    if sanitize:
        words += ["--enable-asan", "--enable-ubsan", "--extra-cflags=-O1 -g1"]
    elif own:
        words += ["--enable-werror", f"--extra-cflags={CFLAGS}{NO_ERROR}"]
    if own and target == "x86_64-softmmu":
        devices = tree / "configs/devices" / target / "swme.mak"
        if not devices.exists() or devices.read_text("utf-8") != DEVICES:
            devices.write_text(DEVICES, encoding="utf-8")
        words += ["--without-default-devices", "--with-devices-x86_64=swme"]
    return words


def _logged(words, log, **kwargs):
    """Run a command whose output goes to the log; what it said."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", **kwargs) as child:
        text = child.stdout.read()
    with open(log, "a", encoding="utf-8") as file:
        file.write(text)
    return child.returncode, text


def _failed(what, log, text):
    lines = [line for line in text.splitlines() if re.search(r"error:|ERROR|FAILED", line)]
    return Failed(f"{what} failed: {(lines or text.splitlines()[-1:] or ['?'])[0].strip()} "
                  f"(all of its output is in {log})", 1)


def build(tree, own, target, sanitize, say):
    """Configure if need be and compile; the path of the binary."""
    need = f'. "{ROOT}/scripts/lib/packages.sh" && need_packages {" ".join(PACKAGES)}'
    if subprocess.run(["bash", "-c", need], check=False).returncode:
        raise Failed("packages for the build are missing", 2)
    path = place(tree, own, target, sanitize)
    path.mkdir(parents=True, exist_ok=True)
    # A pyenv or conda in front of Debian's Python has none of the modules that QEMU wants.
    env = {**os.environ, "PATH": "/usr/bin:" + os.environ["PATH"],
           "PYTHONPATH": str(source.tools(say)), "LC_ALL": "C"}
    return _build(tree, path, _configuration(tree, own, target, sanitize), env, say)


def _build(tree, path, configuration, env, say):
    target = configuration[0].partition("=")[2]
    binary = path / f"qemu-system-{target.removesuffix('-softmmu')}"
    log, configured = path / "swme.log", path / ".swme-configured"
    log.write_text("", encoding="utf-8")
    command = [os.fspath(tree / "configure"), *configuration]
    if not configured.exists() or configured.read_text("utf-8") != "\n".join(command):
        say(f"configuring {tree}")
        status, text = _logged(command, log, cwd=path, env=env)
        if status:
            raise _failed("configure", log, text)
        configured.write_text("\n".join(command), encoding="utf-8")
    say(f"building {binary.name} in {path} (the first time takes minutes)")
    status, text = _logged([program("ninja", "ninja-build"), "-C", path, binary.name], log, env=env)
    ours = OUR_WARNING.search(text)
    if ours:
        raise Failed(f"not free of warnings: {ours.group(0)}", 1)
    if status:
        raise _failed("the build", log, text)
    return binary


def beside(binary):
    """Where a binary goes: in its build's folder QEMU looks for firmware nowhere else."""
    folder = binary.parent
    return folder.with_name("bin-" + folder.name.removeprefix("build-")) / binary.name


def copy(binary, output):
    """A copy that later builds leave alone; in place at once, even where the old one runs."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        scratch = output.with_name(f".{output.name}.{os.getpid()}")
        shutil.copy2(binary, scratch)
        scratch.replace(output)
    except OSError as error:
        raise Failed(f"cannot write {output}: {error.strerror}", 1) from error
    return output
