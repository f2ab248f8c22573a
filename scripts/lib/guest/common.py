# SPDX-License-Identifier: GPL-2.0-or-later
"""What every part needs: the two kinds of failure, the cache, its locks, progress lines."""

import argparse
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent


class Usage(Exception):
    """The caller asked for something that cannot be: exit status 2."""


class Parser(argparse.ArgumentParser):
    """argparse with one-line errors."""

    def error(self, message):
        raise Usage(message)


class Failed(Exception):
    """The work itself went wrong: exit status 125, or the one given."""

    def __init__(self, text, status=125):
        super().__init__(text)
        self.status = status


def say(text):
    """One line for a person; stdout belongs to the guest's command alone."""
    print(f"guest: {text}", file=sys.stderr, flush=True)


def cache_dir(*parts):
    """A directory of the cache, made if it is not there yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(base, "swme", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(path):
    """Hold an exclusive lock: of several runs that miss the cache, one fills it."""
    with open(path, "a", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def staged(target):
    """A scratch directory beside TARGET that becomes TARGET only when all went well."""
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield scratch
        scratch.chmod(0o755)
        if target.is_dir():
            shutil.rmtree(target)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def replace_link(link, target):
    """Point a symbolic link elsewhere in one step, so that readers always find one."""
    scratch = link.with_name(f".{link.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(target)
    scratch.replace(link)


def program(name, package=""):
    """Where a program is, its package installed if need be (sbin may be missing from PATH)."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if not found and package:
        need = f'. "{ROOT}/scripts/lib/packages.sh" && need_packages {package}'
        subprocess.run(["bash", "-c", need], stdout=sys.stderr, check=False)
        found = shutil.which(name, path=path)
    if not found:
        raise Failed(f"the program {name} is not installed"
                     + (f" (package {package})" if package else ""))
    return found
