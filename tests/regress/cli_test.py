#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/regress without guests: what it chooses, and what it says of results. Prints TAP.

    cli_test.py BUILD_DIR
"""
import contextlib
import io
import shlex
import sys
import tempfile
import traceback
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lib"))

from regress import boot, box, cli, runner  # noqa: E402  (the path comes first)

FAILING = ("sizes", "fault-dma-setup-refused")
FEW = ["--scenario", "probe", "--scenario", "sizes", "--scenario", "fault-dma-setup-refused",
       "--kernel", "6.1", "--platform", "tgp-lp", "--platform", "ppt-1"]


def verdict(case, _boots):
    """In place of a guest: what becomes of a case, log lines with what XML cannot carry."""
    failures = ["it <failed> & \"fell\""] if case.scenario.name in FAILING else []
    return runner.Result(case, failures, "the output\n", "a log \x1b[0m line\n]]>\n", 1.5)


def regress(*arguments):
    """Exit status, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main(list(arguments))
    return status, out.getvalue(), err.getvalue()


def titles(*arguments):
    """The cases that are chosen."""
    return [case.title for case in cli.choose(cli.parse(list(arguments)))]


def equal(got, wanted, what):
    """Stops the test."""
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def test_shards_are_the_whole(_scratch):
    whole = titles()
    equal(len(set(whole)), len(whole), "cases with names of their own")
    for count in (1, 2, 3, 7, 50):
        parts = [titles("--shard", f"{i}/{count}") for i in range(1, count + 1)]
        equal(sorted(sum(parts, [])), sorted(whole), f"{count} shards together")
        sizes = [len(part) for part in parts]
        equal(max(sizes) - min(sizes) <= 1, True, f"{count} shards of one size")


def test_default_is_two_kernels_and_four_platforms(_scratch):
    places = {tuple(title.split()[1:]) for title in titles()}
    equal(len(places), 8, "kernels x platforms")
    equal({title.split()[1] for title in titles("--platform", "all")} >
          {platform for platform, _ in places}, True, "--platform all has more")


def test_slice_is_part_of_the_whole(_scratch):
    equal(set(titles("--slice")) <= set(titles()), True, "slice")


def test_wrong_use(_scratch):
    for words in (["--shard", "0/3"], ["--shard", "4/3"], ["--shard", "x"], ["--shard", "1/0"],
                  ["--shard", "1"], ["--scenario", "nope"], ["--platform", "nope"],
                  ["--jobs", "0"], ["--jobs", "x"], ["--frob"], ["--junit", "/nonexistent/x"],
                  ["--keep-logs", "/dev/null/x"], ["--scenario", "vtag", "--platform", "ppt-1"]):
        status, out, err = regress(*words)
        equal((status, out, err.count("\n"), err.startswith("regress: ")), (2, "", 1, True),
              f"{words}: {err!r}")


def test_tap(_scratch):
    status, out, _ = regress(*FEW)
    lines = out.splitlines()
    equal(status, 1, "exit status")
    equal(lines[0], "1..5", "plan")  # ppt-1 has no DMA rings
    equal([line.split(" # ")[0] for line in lines if line.startswith(("ok", "not ok"))],
          ["ok 1 - probe tgp-lp 6.1", "not ok 2 - sizes tgp-lp 6.1",
           "not ok 3 - fault-dma-setup-refused tgp-lp 6.1", "ok 4 - probe ppt-1 6.1",
           "not ok 5 - sizes ppt-1 6.1"], "results")
    equal(lines[-3:-1], ["# 6.1 tgp-lp: 1 passed, 2 failed", "# 6.1 ppt-1: 1 passed, 1 failed"],
          "counts")
    equal(lines[-1].startswith("# 2 passed, 3 failed in "), True, "end")
    equal(regress("--scenario", "probe", "--kernel", "6.1")[0], 0, "exit status when all pass")


def test_how_to_run_it_again(scratch):
    for more in ([], ["--keep-logs", scratch]):
        again = [line.split("run just this: ")[1] for line in regress(*FEW, *more)[1].splitlines()
                 if "run just this: " in line]
        equal(len(again), 3, "failed cases")
        program, *words = shlex.split(again[0])
        equal((program, titles(*words)), ("scripts/regress", ["sizes tgp-lp 6.1"]), "that case only")


def test_logs(scratch):
    regress(*FEW, "--keep-logs", f"{scratch}/a/b")
    logs = sorted(Path(scratch, "a/b").iterdir())
    equal([log.name for log in logs], ["fault-dma-setup-refused_tgp-lp_6.1.log", "sizes_ppt-1_6.1.log",
                                       "sizes_tgp-lp_6.1.log"], "a log for each failed case")
    text = logs[2].read_text(encoding="utf-8")
    equal(text.splitlines()[0],
          "scripts/regress --scenario sizes --platform tgp-lp --kernel 6.1", "first line")
    for part in ("it <failed>", "the output\n", "a log \x1b[0m line\n"):
        equal(part in text, True, part)


def test_junit(scratch):
    path = f"{scratch}/junit.xml"
    regress(*FEW, "--junit", path)
    suite = ElementTree.parse(path).getroot()
    equal((suite.tag, suite.get("tests"), suite.get("failures")), ("testsuite", "5", "3"), "suite")
    cases = suite.findall("testcase")
    equal([(c.get("classname"), c.get("name"), c.get("time")) for c in cases][:2],
          [("tgp-lp 6.1", "probe", "1.5"), ("tgp-lp 6.1", "sizes", "1.5")], "cases")
    equal([c.find("failure") is not None for c in cases], [False, True, True, False, True],
          "failures")
    failure = cases[1].find("failure")
    equal(failure.get("message"), 'it <failed> & "fell"', "message")
    equal(failure.text.splitlines()[0],
          "scripts/regress --scenario sizes --platform tgp-lp --kernel 6.1", "first line")
    equal("a log [0m line\n]]>" in failure.text, True, "log")


def test_one_boot_for_cases_alike(_scratch):
    cases = cli.choose(cli.parse(["--kernel", "6.1", "--platform", "tgp-lp"]))
    places = {}
    for case in cases:
        places.setdefault(runner.boot(case), []).append(case.scenario.name)
    equal(len(places) <= 8, True, f"{len(places)} boots for {len(cases)} cases")
    later, now = boot.settings("echo=on,fault=a:b=c+d,latency=1ms+echo:2s,amt=off")
    equal(later, [("fault-add", "a:b=c+d"), ("latency", "1ms+echo:2s")], "settings for later")
    equal(now, "echo=on,amt=off", "properties")


def main():
    """All of it, as TAP."""
    box.SWME = Path(sys.argv[1], "swme")
    runner.run = verdict
    cli.kernels.choose = lambda *_: None  # no kernel is fetched for this
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    good = True
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                test(scratch)
                print(f"ok {number} - {name}")
            except Exception:  # pylint: disable=broad-except  # a test that breaks has failed
                good = False
                print(f"not ok {number} - {name}")
                print("# " + traceback.format_exc().replace("\n", "\n# "))
    return 0 if good else 1


sys.exit(main())
