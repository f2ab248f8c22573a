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

# wait_for FILE TEXT [SECONDS]
wait_for() {
  mei-exercise wait "$1" "$2" "${3:-10}" || exit 1
}

# wait_state STATE [SECONDS]
wait_state() {
  wait_for $MEI/dev_state "$@"
}

# The driver, as a boot loads it; the scenario decides what one that is not up means to it.
load() {
  modprobe mei_me
  mei-exercise wait $MEI/dev_state ENABLED 10 >/dev/null
}

wait_enabled() {
  wait_state ENABLED "$@"
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

# A user in the background whose first message has come back; what it says is in /tmp/user.
traffic() {
  : >/tmp/user
  mei-exercise until-error >>/tmp/user &
  tries=0
  until grep -q begun /tmp/user; do
    tries=$((tries + 1))
    { [ "$tries" -lt 1000 ] && kill -0 $!; } || fail "no traffic: $(cat /tmp/user)"
    usleep 10000
  done
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
