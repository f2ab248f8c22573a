# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings: a directory each, with all that it takes to see it again."""

import hashlib
import json
import re
import shlex
import shutil
from pathlib import Path

from guest.common import Usage
from regress import faults

RECORD = "finding.json"
FIELDS = ("kernel", "modules", "platform", "seeds", "signature")
# The driver's own WARN()s at what firmware may not send: known, and no failure of scripts/regress.
KNOWN = tuple(re.compile(pattern) for pattern, _ in faults.LINUX_WARNS.values())


def known(sign):
    """Whether Linux is known to complain so."""
    return sign.kind == "warning" and any(pattern.search(f"WARNING: {sign.words}")
                                          for pattern in KNOWN)


def directory(output, sign):
    """Its own place, by its signature."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", sign.signature)[:60].strip("-").lower()
    return Path(output, f"{name}-{hashlib.sha256(sign.signature.encode()).hexdigest()[:6]}")


def again(path):
    """The command that shows it again."""
    return shlex.join(["scripts/fuzz", "kernel", "--replay", str(path)])


def save(path, options, sign, result, capture, reproduced):
    """Writes the finding; result and capture are of the run that shows it best."""
    path.mkdir(parents=True, exist_ok=True)
    record = {"signature": sign.signature, "kind": sign.kind, "kernel": options.kernel,
              "modules": options.modules, "platform": options.platform, "seeds": result.seeds,
              "reproduced": reproduced, "again": again(path)}
    (path / "log").write_text(result.log, encoding="utf-8")
    shutil.copyfile(capture, path / "capture.pcapng")
    (path / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def load(path):
    """A saved one."""
    try:
        record = json.loads(Path(path, RECORD).read_text(encoding="utf-8"))
        seeds = record["seeds"]
        if not (all(field in record for field in FIELDS) and isinstance(seeds, list) and seeds and
                all(isinstance(seed, int) and seed >= 0 for seed in seeds)):
            raise ValueError
    except OSError as error:
        raise Usage(f"--replay {path}: {error.strerror}; it takes the directory of a finding") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Usage(f"--replay {path}: its {RECORD} is none that was saved here") from error
    return record
