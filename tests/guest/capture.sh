# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the guest: docs/record-from-hardware.md's recipe, then some of everything, then the log.
# shellcheck shell=dash  # busybox's ash
set -e

mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
cd /sys/kernel/tracing
modprobe mei
echo 'p:swme/hbuf mei_me:mei_me_hbuf_write hdr=+0(%si):x32[4] hdr_len=%dx:u32 d0=+0(%cx):x32[64] d1=+256(%cx):x32[64] len=%r8:u32' >kprobe_events
echo 8192 >buffer_size_kb
echo 1 >events/mei/enable
echo 1 >events/swme/enable
modprobe mei_me
for command in info "amt info" "echo --count 3" mkhi "wd ping"; do
  # shellcheck disable=SC2086  # words of a command
  heci /dev/mei0 $command >/dev/null
done
echo "@ready"
read -r _ # until the host has looked at the capture
heci /dev/mei0 info >/dev/null # which grows by this
cat trace
