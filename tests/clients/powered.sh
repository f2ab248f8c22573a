#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the guest of tests/clients/powered: says that it is up, then does what it is told.
# shellcheck shell=dash  # busybox's ash

echo "up $(cat /sys/class/mei/mei0/dev_state)"
while read -r word; do
  case $word in
    traffic) /mei-clients interleave /dev/mei0 1 "$REQUESTS" && echo "traffic done" ;;
    sleep)
      echo deep >/sys/power/mem_sleep
      echo mem >/sys/power/state
      # The driver comes back with the machine.
      until [ "$(cat /sys/class/mei/mei0/dev_state)" = ENABLED ]; do usleep 10000; done
      echo awake
      ;;
    off) poweroff -f ;;
    crash) echo c >/proc/sysrq-trigger ;;
  esac
done
