# SPDX-License-Identifier: GPL-2.0-or-later
"""The device laid into a QEMU source tree: one folder of copies, and one line in three files."""

import re
import shutil
from pathlib import Path

from guest.common import ROOT, Usage

FOLDER = "hw/misc/swme"
HERE = Path(__file__).resolve().parent
TESTED = "10.0"

# What is copied as it is: a folder of this tree, and which of its files.
SOURCES = (
    ("firmware-sim", ("**/*.c", "**/*.h", "**/meson.build")),
    ("include", ("swme/*.h",)),
    ("hw", ("*.c", "*.h")),
)
LEFT_OUT = re.compile(r"hw/module-")  # the module's own files: there is none in a tree
# What stands in the files of tree/ for the names of hw/*.c, and for our version.
DEVICE_FILES, OWN_VERSION = "@DEVICE_FILES@", "@VERSION@"


def version(tree, any_version=False):
    """The tree's version as text; refuses what is no QEMU, or none that the device is tested in."""
    for name in ("VERSION", "meson.build", "hw/misc/Kconfig", "hw/misc/meson.build"):
        if not (tree / name).is_file():
            raise Usage(f"{tree} is no QEMU source tree: it has no {name}")
    if not re.search(r"^project\('qemu'", (tree / "meson.build").read_text("utf-8"), re.MULTILINE):
        raise Usage(f"{tree} is no QEMU source tree: its meson.build is of another project")
    text = (tree / "VERSION").read_text("utf-8").strip()
    if not any_version and not text.startswith(f"{TESTED}."):
        raise Usage(f"{tree} is QEMU {text or 'of no version'}: the device is tested in {TESTED} "
                    "(--any-version tries it in others)")
    return text


def _wanted():
    """{name below the folder: content} of all that belongs there."""
    files = {"trace-events": (ROOT / "hw/trace-events").read_bytes()}
    for path in (HERE / "tree").iterdir():
        files[path.name] = path.read_bytes()
    for folder, patterns in SOURCES:
        for pattern in patterns:
            for path in (ROOT / folder).glob(pattern):
                name = path.relative_to(ROOT).as_posix()
                if not LEFT_OUT.match(name):
                    files[name] = path.read_bytes()
    device = ", ".join(repr(name) for name in sorted(files) if re.match(r"hw/\S+\.c$", name))
    project = (ROOT / "meson.build").read_text("utf-8")
    own = re.search(r"^  version: '(.+)',$", project, re.MULTILINE).group(1)
    for name, mark, value in (("meson.build", DEVICE_FILES, device),
                              ("trace-swme.h", OWN_VERSION, own)):
        files[name] = files[name].replace(mark.encode(), value.encode())
    return files


def _write(path, content):
    """Change a file only where it differs: what is built from it need not be built again."""
    if path.is_file() and path.read_bytes() == content:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return 1


def _sync(folder):
    """Make the folder hold just the wanted files; how many changed."""
    files = _wanted()
    # A link (to this tree, say) is replaced and not written through.
    if folder.is_symlink():
        folder.unlink()
    changed = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif name not in files or path.is_symlink():
            path.unlink()
            changed += 1
    return changed + sum(_write(folder / name, content) for name, content in files.items())


def _with_line(text, line, after=None):
    """The text with that line, which stands there once: behind a given one, or at the end."""
    lines = text.splitlines()
    if line.strip() in (other.strip() for other in lines):
        return text
    if after is None:
        lines.append(line)
    else:
        at = [number for number, other in enumerate(lines) if other.strip() == after.strip()]
        if len(at) != 1:
            raise Usage(f"no place for the device's trace events: meson.build has {len(at)} lines "
                        f"{after.strip()}")
        lines.insert(at[0] + 1, line)
    return "\n".join(lines) + "\n"


# In each file one line, and behind which.
LINES = (
    ("hw/misc/Kconfig", "source swme/Kconfig", None),
    ("hw/misc/meson.build", "subdir('swme')", None),
    ("meson.build", f"    '{FOLDER}',", "    'hw/misc',"),
)


def lay(tree):
    """Put the device into the tree, or bring it up to date; how many files changed."""
    edited = {}
    for name, line, after in LINES:
        edited[name] = _with_line((tree / name).read_text("utf-8"), line, after)
    try:
        return _sync(tree / FOLDER) + sum(_write(tree / name, text.encode())
                                          for name, text in edited.items())
    except OSError as error:
        raise Usage(f"cannot write into {tree}: {error.strerror}") from error


def remove(tree):
    """Take the device out again; how many files changed."""
    changed = 0
    for name, line, _ in LINES:
        text = (tree / name).read_text("utf-8")
        kept = [other for other in text.splitlines() if other.strip() != line.strip()]
        changed += _write(tree / name, ("\n".join(kept) + "\n").encode())
    folder = tree / FOLDER
    if folder.is_dir():
        changed += 1
        shutil.rmtree(folder)
    return changed
