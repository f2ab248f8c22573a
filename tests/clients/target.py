# SPDX-License-Identifier: GPL-2.0-or-later
"""An AMT under test: `swme serve` at an address of its own, with the ports that consoles expect."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "P@ssw0rd1"  # no shell's special characters: wsl passes it on unquoted


def address():
    """Of the loopback network, which is all of 127/8: 16992 is free there, whoever else listens."""
    number = os.getpid()
    return f"127.{64 + number // 65536 % 64}.{number // 256 % 256}.{number % 255 + 1}"


class Target:
    """Where an AMT is, and whose process to measure."""

    def __init__(self, host, port=16992, pid=None):
        self.host, self.port, self.tls_port = host, port, port + 1
        self.password, self.pid = PASSWORD, pid

    def memory(self, name="VmRSS"):
        """In KiB."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1])


class Serve(Target):
    """Ends, and must end well, with the block."""

    def __init__(self, scratch, *options, provision="admin"):
        super().__init__(address())
        secret = Path(scratch, "password")
        secret.write_text(PASSWORD + "\n", encoding="ascii")
        self.words = [ROOT / "build/swme", "serve", "--listen", f"{self.host}:{self.port}",
                      "--provision", provision, "--password-file", secret, *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read().strip())
        self.uuid = json.loads(line)["instances"][0]["uuid"]
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        _, said = self.process.communicate(timeout=60)
        if kind is None and (self.process.returncode or said):
            raise RuntimeError(f"swme serve ended with {self.process.returncode}: {said.strip()}")
