# SPDX-License-Identifier: GPL-2.0-or-later
"""Results as TAP, as JUnit, and as one log for each case that failed."""

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from . import runner

SHOWN = 30  # lines of a failed case's log, where it is not kept


def log_of(result):
    """All of a failed case, how to run it again in front."""
    return "\n".join([runner.again(result.case), *result.failures, "", result.output, "", result.log])


def show(number, result, keep_logs):
    """One result as TAP."""
    case = result.case
    print(f"{'ok' if result.passed else 'not ok'} {number} - {case.title} "
          f"# {result.seconds:.1f} s", flush=True)
    reason = case.scenario.kernels.get(case.kernel)
    if reason:
        print(f"  # known of {case.kernel}: {reason[0]}")
    if result.passed:
        return
    print(f"  # run just this: {runner.again(case)}")
    print(f"  # expected: {case.scenario.expect}")
    for failure in result.failures:
        print(f"  # {failure}")
    if keep_logs:
        path = Path(keep_logs, case.title.replace(" ", "_").replace("/", "_") + ".log")
        path.write_text(log_of(result), encoding="utf-8")
        print(f"  # log: {path}")
    else:
        for line in (result.output.splitlines() + result.log.splitlines())[-SHOWN:]:
            print(f"  # | {line}")


def summary(results, seconds):
    """One line for each kernel and platform, and one for all; the exit status."""
    groups = {}
    for result in results:
        groups.setdefault((result.case.kernel, result.case.platform.name), []).append(result)
    if len(groups) > 1:
        for (kernel, platform), part in groups.items():
            print(f"# {kernel} {platform}: {counts(part)}")
    print(f"# {counts(results)} in {seconds:.0f} s")
    return 0 if all(r.passed for r in results) else 1


def counts(results):
    """How many of each."""
    passed = sum(r.passed for r in results)
    return f"{passed} passed, {len(results) - passed} failed"


def write_junit(path, results, seconds):
    """All results as JUnit XML."""
    with open(path, "w", encoding="utf-8") as out:
        failed = sum(not r.passed for r in results)
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n'
                  f'<testsuite name="regress" tests="{len(results)}" failures="{failed}" '
                  f'time="{seconds:.1f}">\n')
        for result in results:
            case = result.case
            out.write(f'<testcase classname={quoteattr(case.platform.name + " " + case.kernel)} '
                      f'name={quoteattr(case.scenario.name)} time="{result.seconds:.1f}">')
            if not result.passed:
                clean = "".join(c for c in log_of(result) if c >= " " or c in "\n\t")
                out.write(f'<failure message={quoteattr(result.failures[0])}>{escape(clean)}'
                          "</failure>")
            out.write("</testcase>\n")
        out.write("</testsuite>\n")
