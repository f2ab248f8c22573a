# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash  # busybox's ash
# What scenarios share. They look from outside only: sysfs, /dev/mei0, the kernel's log.

MEI=/sys/class/mei/mei0
# shellcheck disable=SC2034  # scenarios use it
PCI=/sys/bus/pci/devices/0000:00:16.0

fail() {
  echo "$*"
  exit 1
}

state() {
  value=absent
  read -r value 2>/dev/null <$MEI/dev_state
  echo "$value"
}

# The kernel offers nothing to wait for when the device itself comes and goes.
wait_state() {
  tries=0
  until [ "$(state)" = "$1" ]; do
    tries=$((tries + 1))
    [ $tries -lt "${2:-2000}" ] || fail "mei0 is $(state), not $1"
    usleep 5000
  done
}

# The driver, as a boot loads it; the scenario decides what one that is not up means to it.
load() {
  modprobe mei_me
  tries=0
  until [ "$(state)" = ENABLED ] || [ $tries -ge 2000 ]; do
    tries=$((tries + 1))
    usleep 5000
  done
}

wait_enabled() {
  wait_state ENABLED "$@"
}

# wait_for FILE TEXT
wait_for() {
  tries=0
  until [ "$(cat "$1" 2>/dev/null)" = "$2" ]; do
    tries=$((tries + 1))
    [ $tries -lt 2000 ] || fail "$1 is $(cat "$1"), not $2"
    usleep 5000
  done
}

exercise() {
  mei-exercise "$@" || exit 1
}

# The link is up and a message goes round.
alive() {
  wait_enabled "$@"
  exercise properties
  exercise sizes
}

# sleep_for STATE SECONDS: to sleep, and back by the clock's alarm.
sleep_for() {
  echo 0 >/sys/class/rtc/rtc0/wakealarm 2>/dev/null
  echo "+$2" >/sys/class/rtc/rtc0/wakealarm || fail no alarm
  echo "$1" >/sys/power/state || fail it did not sleep
}

# host COMMAND...: a command of the device's control socket, done outside; what it returned is in
# $answer.
host() {
  echo "@host $*"
  # shellcheck disable=SC2034  # scenarios use it
  IFS= read -r answer
}
