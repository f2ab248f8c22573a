#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the guest of tests/guest/watchdog: `healthy` or `spin`. What it finds goes to stdout, in
# sections.

# Of the function in a PCI slot: the slot, the watchdog's identity, the client's protocol version.
watchdog_of() {
  for each in /sys/class/watchdog/watchdog*; do
    case $(readlink -f "$each/device") in
      */0000:00:"$1".0-*)
        alias=$(cat "$each/device/modalias")
        version=${alias%:}
        echo "$1 $(cat "$each/identity") ${version##*:}"
        node=/dev/${each##*/}
        ;;
    esac
  done
}

# The device file of the function in a PCI slot: both are found anew when the driver is loaded.
mei_of() {
  for each in /sys/class/mei/mei*; do
    case $(readlink -f "$each/device") in */0000:00:"$1".0) echo "/dev/${each##*/}" ;; esac
  done
}

wait_for() { # the driver registers once the firmware has answered
  node=
  until watchdog_of "$1" >/tmp/found && [ -n "$node" ] && [ -c "$node" ]; do usleep 10000; done
}

ticks() { # ticks SECONDS...: a ping, then so long without one
  for each in "$@"; do
    echo p >&3
    sleep "$each"
  done
}

wait_for 16
dog=$node
sed -n 's/ . sysrq_handle_showmem$//p' /proc/kallsyms # where the debugger waits for `spin`
echo begin
read -r _ # whoever looks on from outside is there now

if [ "$1" = spin ]; then
  cat /tmp/found
  exec 3>"$dog"
  ticks 119 119
  echo p >&3
  echo m >/proc/sysrq-trigger # from which it does not return
fi

echo "== devices"
watchdog_of 16
watchdog_of 17
printf 'dev %s\n' /dev/watchdog*
for each in /sys/bus/mei/devices/0000:00:17.0-05b79a6f*; do
  [ ! -e "$each" ] || echo "client 17"
done
echo "mei1 $(cat /sys/class/mei/mei1/dev_state)"

echo "== wdctl"
wdctl "$dog" 2>&1

echo "== info"
/watchdog-test -f "$dog" -i; echo "info $?"
/watchdog-test -f "$dog" -b; echo "boot $?"

echo "== limits"
for each in 120 65535 119 65536 120; do
  echo "$each: $(/watchdog-test -f "$dog" -t "$each" -T 2>&1 | tr '\n' ' ')"
done

echo "== switch"
/watchdog-test -f "$dog" -d -T; echo "disable $?"
/watchdog-test -f "$dog" -e -T; echo "enable $?"

echo "== alive"
exec 3>"$dog"
ticks 60 119 119 119
echo alive
echo "== stopped"
echo V >&3
exec 3>&-
cat "/sys/class/watchdog/${dog##*/}/state"
sleep 300

echo "== busy"
exec 3>"$dog"
ticks 10
rmmod mei_wdt 2>/dev/null || echo refused
exec 3>&- # without a V: it goes on
echo "== reload"
rmmod mei_wdt && modprobe mei_wdt
wait_for 16
echo "wdt $(cat /tmp/found)"
sleep 300
exec 3>"$node"
ticks 1
exec 3>&-
rmmod mei_wdt
rmmod mei_hdcp mei_pxp 2>/dev/null # each driver on the bus holds on to mei_me
rmmod mei_me && modprobe mei_me
wait_for 16
dog=$node
echo "me $(cat /tmp/found)"
sleep 300

echo "== beside"
mei=$(mei_of 16)
exec 3>"$dog"
ticks 60 # the rest is for heci: few instructions go into a second of this guest
heci "$mei" wd start --timeout 200 2>&1
ticks 60
heci "$mei" wd stop 2>&1
ticks 60
echo V >&3
exec 3>&-

echo "== complaints"
# That a watchdog was closed without a V is what was tried.
dmesg -r | sed -n 's/^<[0-4]>\[[ .0-9]*\] //p' | grep -i -E 'mei|watchdog|wdt' |
  grep -v 'watchdog did not stop'

echo 'that was all'
read -r _
exec 3>"$dog"
echo p >&3
echo c >/proc/sysrq-trigger
