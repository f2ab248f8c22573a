# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's monitor, as far as saving and restoring a machine needs it."""

import json
import socket

from guest.common import Failed

TIMEOUT = 900  # seconds, on a busy machine


class Qmp:
    """QEMU's monitor on a socket pair."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.settimeout(TIMEOUT)
        self.stream = None

    def arguments(self):
        """For QEMU's command line."""
        return ["-chardev", f"socket,id=qmp,fd={self.theirs.fileno()}",
                "-mon", "chardev=qmp,mode=control"]

    def connect(self):
        """Past the greeting, with news of migrations."""
        self.theirs.close()
        self.stream = self.ours.makefile("rw", encoding="utf-8")
        self._read()
        self("qmp_capabilities")
        self("migrate-set-capabilities",
             capabilities=[{"capability": name, "state": True}
                           for name in ("events", "x-ignore-shared")])

    def _read(self):
        line = self.stream.readline()
        if not line:
            raise Failed("QEMU ended while its machine was saved or restored")
        return json.loads(line)

    def __call__(self, name, **arguments):
        print(json.dumps({"execute": name, "arguments": arguments}), file=self.stream, flush=True)
        while True:
            reply = self._read()
            if "error" in reply:
                raise Failed(f"QEMU: {name}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def migrated(self):
        """Until a migration has ended well."""
        while True:
            event = self._read()
            if event.get("event") == "MIGRATION":
                if event["data"]["status"] == "failed":
                    raise Failed("QEMU could not save or restore the machine")
                if event["data"]["status"] == "completed":
                    return

    def close(self):
        """Both ends."""
        if self.stream:
            self.stream.close()
        self.ours.close()
        self.theirs.close()
