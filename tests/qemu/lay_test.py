#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/qemu-tree on the bones of a QEMU tree: what it writes, what it leaves, what it refuses.

Prints TAP. The build of a real tree is scripts/test --suite qemu-tree.
"""
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACED = "trace_events_subdirs += [\n    'hw/mips',\n    'hw/misc',\n    'hw/misc/macio',\n]\n"
BONES = {
    "VERSION": "10.0.3\n",
    "meson.build": "project('qemu', ['c'])\n" + TRACED,
    "hw/misc/Kconfig": "config EDU\n    bool\n\nsource macio/Kconfig\n",
    "hw/misc/meson.build": "system_ss.add(when: 'CONFIG_EDU', if_true: files('edu.c'))\n",
}
FOLDER = "hw/misc/swme"


def run(*arguments):
    return subprocess.run([ROOT / "scripts/qemu-tree", *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)


def make(tree, **other):
    for name, text in {**BONES, **other}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")


def lay(tree, *options):
    result = run("--source", str(tree), *options)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{tree}\n", result.stdout
    return result.stderr


def state(tree):
    return {path.relative_to(tree).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in tree.rglob("*") if path.is_file()}


def refused(tree, pattern, *options):
    before = state(tree) if tree.is_dir() else {}
    result = run("--source", str(tree), *options)
    assert result.returncode == 2, result
    assert result.stderr.count("\n") == 1 and pattern in result.stderr, result.stderr
    assert (state(tree) if tree.is_dir() else {}) == before, "it wrote into the tree"


def test_three_lines_and_a_folder(tree):
    make(tree)
    lay(tree)
    assert (tree / "hw/misc/Kconfig").read_text() == BONES["hw/misc/Kconfig"] + "source swme/Kconfig\n"
    assert (tree / "hw/misc/meson.build").read_text() == \
        BONES["hw/misc/meson.build"] + "subdir('swme')\n"
    assert (tree / "meson.build").read_text() == \
        BONES["meson.build"].replace("'hw/misc',\n", "'hw/misc',\n    'hw/misc/swme',\n")
    for name in ("Kconfig", "meson.build", "trace-events", "trace-swme.h", "hw/mei-pci.c",
                 "firmware-sim/meson.build", "firmware-sim/bus/hbm.c",
                 "firmware-sim/control/control.c", "include/swme/hbm.h"):
        assert (tree / FOLDER / name).is_file(), name
    lines = (tree / FOLDER / "meson.build").read_text()
    assert "@" not in lines + (tree / FOLDER / "trace-swme.h").read_text()
    assert "'hw/heci.c'" in lines and "'hw/mei-pci.c'" in lines and "module-" not in lines, lines


def test_a_second_time_changes_nothing(tree):
    make(tree)
    lay(tree)
    before = state(tree)
    assert ": 0 files changed" in lay(tree)
    assert state(tree) == before


def test_only_what_differs_is_written(tree):
    make(tree)
    lay(tree)
    (tree / FOLDER / "hw/heci.c").write_text("old\n")
    (tree / FOLDER / "firmware-sim/gone.c").write_text("left over\n")
    (tree / FOLDER / "hw/heci.h").unlink()
    assert ": 3 files changed" in lay(tree)
    assert not (tree / FOLDER / "firmware-sim/gone.c").exists()
    assert (tree / FOLDER / "hw/heci.c").read_bytes() == (ROOT / "hw/heci.c").read_bytes()


def test_remove_restores_the_tree(tree):
    make(tree)
    before = {name: content for name, (content, _) in state(tree).items()}
    lay(tree)
    lay(tree, "--remove")
    assert {name: content for name, (content, _) in state(tree).items()} == before


def test_a_link_is_not_written_through(tree):
    make(tree)
    elsewhere = tree.with_name("elsewhere")
    elsewhere.mkdir()
    (tree / FOLDER).symlink_to(elsewhere)
    lay(tree)
    assert not any(elsewhere.iterdir())
    assert (tree / FOLDER / "hw/heci.c").is_file()


def test_a_file_in_the_way_of_a_folder(tree):
    make(tree)
    lay(tree)
    before = state(tree)
    for path in (tree / FOLDER / "include/swme").iterdir():
        path.unlink()
    (tree / FOLDER / "include/swme").rmdir()
    (tree / FOLDER / "include/swme").write_text("in the way")
    lay(tree)
    assert set(state(tree)) == set(before)


def test_no_such_folder(tree):
    refused(tree / "nonesuch", "is no QEMU source tree")


def test_no_qemu(tree):
    tree.mkdir()
    refused(tree, "is no QEMU source tree: it has no VERSION")


def test_another_project(tree):
    make(tree, **{"meson.build": "project('swme', 'c')\n" + TRACED})
    refused(tree, "another project")


def test_old_version(tree):
    make(tree, VERSION="7.2.22\n")
    refused(tree, "is QEMU 7.2.22: the device is tested in 10.0")
    lay(tree, "--any-version")
    assert (tree / FOLDER / "Kconfig").is_file()


def test_new_version(tree):
    make(tree, VERSION="99.0.0\n")
    refused(tree, "is QEMU 99.0.0")


def test_no_version(tree):
    make(tree, VERSION="\n")
    refused(tree, "of no version")


def test_no_place_for_trace_events(tree):
    make(tree, **{"meson.build": "project('qemu', ['c'])\n"})
    refused(tree, "trace events")


def test_wrong_target(tree):
    make(tree)
    refused(tree, "no such target", "--build", "--target", "nonesuch-softmmu")
    refused(tree, "ends with -softmmu", "--build", "--target", "x86_64")


def test_wrong_use(tree):
    make(tree)
    refused(tree, "--nonesuch", "--nonesuch")
    refused(tree, "--build", "--sanitize")
    refused(tree, "--build", "--remove", "--build")
    refused(tree, "--source", "--refresh")


def test_help(_):
    result = run("--help")
    assert result.returncode == 0 and "--source DIR" in result.stdout and not result.stderr


def main():
    tests = [(name, func) for name, func in globals().items() if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, func) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="swme-lay.") as scratch:
            try:
                func(Path(scratch).resolve() / "qemu")
                result = "ok"
            except Exception:  # pylint: disable=broad-except
                result = "not ok"
                failed += 1
                print("# " + traceback.format_exc().strip().replace("\n", "\n# "))
        print(f"{result} {number} - {name[5:].replace('_', ' ')}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
