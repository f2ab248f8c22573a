# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/demo: a stock kernel meets the virtual ME, and tells what it found."""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from . import hang, kernels
from .common import HERE, ROOT
from .machine import LAUNCHER

# Facts that may have several lines.
LISTS = ("fw_ver", "fw_status", "client", "bus_device", "dmesg")


def parse(arguments):
    """The options."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", allow_abbrev=False,
        description="Boots a stock kernel on stock QEMU with the virtual ME, and reports what the "
                    "kernel's own driver found.  Exit status 0 only if it reached the firmware.")
    option = parser.add_argument
    option("--kernel", metavar="FILE|SERIES", default=kernels.DEFAULT,
           help="as for scripts/guest: " + ", ".join(kernels.SERIES) + ", or a file "
                "(default %(default)s)")
    option("--modules", metavar="DIR", help="the FILE's modules")
    option("--platform", metavar="NAME", help="the generation (see `build/swme platforms`)")
    option("--device-opts", metavar="K=V,...", help="more properties for -device intel-mei")
    option("--timeout", metavar="S", default="120", help="give up after S seconds (%(default)s)")
    option("--json", action="store_true", help="the report as JSON")
    option("--hang", action="store_true",
           help="crash the guest instead, and show what AMT's watchdog makes of it")
    return parser.parse_args(arguments)


def ask_guest(options):
    """Boot the guest with the report script; exit status, output and seconds."""
    command = [ROOT / "scripts/guest", "--timeout", options.timeout]
    for name in ("kernel", "modules", "platform", "device_opts"):
        value = getattr(options, name)
        if value:
            command += ["--" + name.replace("_", "-"), value]
    with tempfile.TemporaryDirectory(prefix="swme-demo.") as overlay:
        shutil.copy(HERE / "report", overlay)
        start = time.monotonic()
        result = subprocess.run([*command, "--add", overlay, "--", "/report"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
        return result.returncode, result.stdout.decode("utf-8", "replace"), time.monotonic() - start


def gather(text):
    """The report's lines as one dictionary."""
    facts = {name: [] for name in LISTS}
    for line in text.splitlines():
        name, _, value = line.partition("\t")
        if name in LISTS:
            facts[name].append(value)
        else:
            facts[name] = value
    return facts


def decoded(text):
    """A tool's JSON, or None."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def client_rows(facts):
    """The driver's client table as dictionaries, with the names that our tool knows."""
    listed = decoded(facts.get("clients")) or []
    names = {entry["guid"].lower(): entry["name"] for entry in listed}
    rows = []
    for line in facts["client"]:
        # " 0|33|  0|GUID|  1|   5120| 0|   3| 0|", below a heading
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) >= 6 and re.fullmatch(r"[0-9a-f-]{36}", cells[3]):
            rows.append({"id": int(cells[1]), "fixed": int(cells[2]) != 0, "guid": cells[3],
                         "name": names.get(cells[3], "-"), "max_connections": int(cells[4]),
                         "max_length": int(cells[5])})
    return sorted(rows, key=lambda row: row["id"])


def amt_expected(platform):
    """Does this platform have AMT?  The default one, and whatever is unknown, must."""
    result = subprocess.run([LAUNCHER, "platforms", "--json"], capture_output=True, text=True,
                            check=False)
    for entry in decoded(result.stdout) or []:
        if entry.get("name") == platform:
            return entry.get("amt", True)
    return True


def report(options, text, seconds):
    """All that is known, as a program would want it."""
    facts = gather(text)
    state = facts.get("dev_state", "absent")
    amt = decoded(facts.get("amt"))
    result = {
        "reached": False,
        "kernel": facts.get("kernel"),
        "platform": options.platform or "default",
        "pci": {name: facts.get("pci_" + name)
                for name in ("address", "vendor", "device", "revision", "class")},
        "driver": facts.get("driver"),
        "interrupt": facts.get("interrupt"),
        "dev_state": state,
        "hbm_ver": facts.get("hbm_ver"),
        "hbm_ver_drv": facts.get("hbm_ver_drv"),
        "fw_ver": facts["fw_ver"],
        "fw_status": facts["fw_status"],
        "trc": facts.get("trc"),
        "clients": client_rows(facts),
        "bus_devices": facts["bus_device"],
        "amt": amt,
        "amt_error": facts.get("amt_error"),
        "dmesg": facts["dmesg"],
        "seconds": round(seconds, 1),
    }
    if state != "ENABLED":
        result["why"] = f"the driver's state is {state}, not ENABLED"
    elif amt is None and amt_expected(options.platform):
        result["why"] = f"AMT did not answer: {facts.get('amt_error', 'no answer')}"
    else:
        result["reached"] = True
    return result


def show(result):
    """The report for a person."""
    def line(name, value):
        if value:
            print(f"  {name:<20} {value}")

    pci = result["pci"]
    print(f"Linux {result['kernel']} on QEMU, {result['seconds']} s from start to end\n")
    if pci["device"]:
        line("PCI device", f"{pci['address']}  {pci['vendor'][2:]}:{pci['device'][2:]} "
                           f"rev {pci['revision'][2:]} class {pci['class'][2:]}")
    line("driver", f"{result['driver']}, {result['interrupt']}" if result["driver"] else "none")
    line("dev_state", result["dev_state"])
    line("fw_ver", ", ".join(dict.fromkeys(result["fw_ver"])))
    line("hbm_ver", f"{result['hbm_ver']} (the driver's own: {result['hbm_ver_drv']})"
         if result["hbm_ver"] else "")
    line("fw_status", " ".join(result["fw_status"]))
    line("trc", result["trc"])
    show_clients(result["clients"])
    show_amt(result)
    print("\nkernel log")
    for text in result["dmesg"] or ["mei has nothing to complain of"]:
        print(f"  {text}")
    print()


def show_clients(clients):
    """The firmware's services as the driver lists them."""
    if clients:
        print("\nclients\n   id fixed conn length GUID                                 name")
    for row in clients:
        print(f"  {row['id']:>3} {'yes' if row['fixed'] else 'no':>5} {row['max_connections']:>4} "
              f"{row['max_length']:>6} {row['guid']} {row['name']}")


def show_amt(result):
    """What AMT said over /dev/mei0."""
    amt = result["amt"]
    if amt is None:
        print(f"\nAMT over /dev/mei0: {result['amt_error'] or 'no answer'}")
        return
    print("\nAMT over /dev/mei0")
    for name, value in amt.items():
        if name == "code_versions":
            for entry in value:
                print(f"  {entry['description']:<20} {entry['version']}")
        else:
            text = value["name"] if isinstance(value, dict) else value
            print(f"  {name.replace('_', ' '):<20} {text}")


def main(arguments):
    """The whole demo; its exit status."""
    # A reader such as `head` may leave early.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    options = parse(arguments)
    if options.hang:
        return hang.main(options)
    status, text, seconds = ask_guest(options)
    if status == 2:
        return 2
    if not text:
        print(f"demo: no report from the guest (exit status {status})", file=sys.stderr)
        return 1
    result = report(options, text, seconds)
    if options.json:
        json.dump(result, sys.stdout, indent=2)
        print()
    else:
        show(result)
    if not result["reached"]:
        print(f"demo: the firmware was not reached: {result['why']}", file=sys.stderr)
        return 1
    if not options.json:
        print("The kernel's own driver reached the firmware.")
    return 0
