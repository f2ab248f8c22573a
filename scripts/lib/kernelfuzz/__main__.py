# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 scripts/lib/kernelfuzz …: what scripts/fuzz kernel starts."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kernelfuzz import cli  # noqa: E402  (the path comes first)

sys.exit(cli.main(sys.argv[1:]))
