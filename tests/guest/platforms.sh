#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the guest of tests/guest/platforms: loads mei_me over all functions behind the bridges,
# and prints what became of each, one "KEY ADDRESS VALUE" a line. ADDRESS is BRIDGE.SLOT.
# shellcheck shell=dash  # busybox's ash

each_function() { # sets address, dir and name for CMD...
  for bridge in 0 1 2 3; do
    for dir in /sys/bus/pci/devices/0000:00:1"$bridge".0/0000:*; do
      [ -e "$dir/vendor" ] || continue
      slot=${dir##*:}
      address=$bridge.${slot%.*}
      name=
      for class in "$dir"/mei/mei*; do
        [ -e "$class" ] && name=${class##*/}
      done
      "$@"
    done
  done
}

value() { # of a sysfs file, lines joined by spaces; "-" where it cannot be read
  text=$(cat "$1" 2>/dev/null) || text=-
  [ -n "$text" ] || text=-
  # shellcheck disable=SC2086  # to join the lines
  echo $text
}

state() {
  [ -n "$name" ] && echo "$address $(value "$dir/mei/$name/dev_state") $(value "$dir/mei/$name/fw_ver")"
}

settle() { # settle COMMAND…: until what it says of the functions has not changed for two seconds
  before='' same=0 tries=0
  while [ "$same" -lt 2 ] && [ "$tries" -lt 60 ]; do
    sleep 1
    now=$(each_function "$@")
    if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
    before=$now
    tries=$((tries + 1))
  done
}

show() { # KEY and what is there
  driver=-
  [ -e "$dir/driver" ] && driver=$(readlink "$dir/driver")
  echo "driver $address ${driver##*/}"
  echo "pci $address ${dir##*/}"
  [ -n "$name" ] || return
  for key in dev_state fw_status hbm_ver hbm_ver_drv kind trc fw_ver; do
    echo "$key $address $(value "$dir/mei/$name/$key")"
  done
  # The third column of debugfs' table.
  echo "clients $address $(sed -n 's/^[^|]*|[^|]*|[^|]*|\([0-9a-f-]*\)|.*/\1/p' \
    "/sys/kernel/debug/$name/meclients" | tr '\n' ' ')"
}

control() { # auto or on, for functions whose link can be gated
  [ -n "$name" ] && echo "$1" >"$dir/power/control"
}

runtime() { # KEY
  [ -n "$name" ] && echo "$1 $address $(value "$dir/power/runtime_status")"
}

echo_all() { # a message to the echo client of each function and back, all at once
  each_function echo_one
  wait
  each_function echo_result
}

echo_one() {
  [ -n "$name" ] || return
  (
    # The answer comes a second before heci's patience ends: a machine that stood still meanwhile tries again.
    for _ in 1 2 3; do heci "/dev/$name" echo --size 300 --count 1 && break; done >"/run/$address" 2>&1 &
    sleep 1
    # The firmware takes its time over the answer: a link that can be gated is by then, and the
    # firmware has to wake the host.
    seen=active
    while kill -0 $! 2>/dev/null; do
      read -r now <"$dir/power/runtime_status"
      [ "$now" = suspended ] && seen=suspended
      usleep 500000 # there are dozens of these at once
    done
    wait $!
    echo "status $?" >>"/run/$address"
    echo "waiting $address $seen" >"/run/$address.waiting"
  ) &
}

echo_result() {
  [ -n "$name" ] || return
  echo "echo $address $(value "/run/$address")"
  cat "/run/$address.waiting"
}

modprobe mei_me
settle state
each_function show
if [ "$1" = pm ]; then
  each_function control auto
  sleep 3
  settle runtime idle
  each_function runtime idle
  each_function control on
  each_function runtime resumed
  each_function control auto
fi
echo_all
if [ "$1" = pm ]; then
  sleep 2
  settle runtime again
  each_function runtime again
  # Gone while suspended, and back: the next probe finds the function as the last left it.
  modprobe -r mei_me
  modprobe mei_me
  settle state
  each_function show | sed 's/^/after-/'
fi
dmesg -r | sed 's/^/dmesg - /'
