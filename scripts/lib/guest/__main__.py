# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 scripts/lib/guest [--demo] …: what scripts/guest and scripts/demo start."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from guest import cli, demo  # noqa: E402  (the path comes first)

if sys.argv[1:2] == ["--demo"]:
    sys.exit(demo.main(sys.argv[2:]))
sys.exit(cli.main(sys.argv[1:]))
