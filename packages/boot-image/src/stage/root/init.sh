#!/bin/sh
# The second stage of the boot environment, process 1 in the squashfs: devices, the network lease, the pre-start command,
# then the agent, again and again until it has handed over. There is no systemd here: nothing else has to run.
# shellcheck disable=SC1091,SC2013,SC2034,SC2094,SC2154  # the sourced files are in the image; variables are shared with them

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TERM=linux
. /usr/lib/ostler/console.sh
. /usr/lib/ostler/hardware.sh

state=/run/ostler

# fact NAME: a value of boot.json, which the first stage wrote one per line's worth.
fact() {
  sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*[^\",} ]\).*/\1/p" "$state/boot.json"
}

mount_file_systems() {
  mkdir -p /dev/pts /dev/shm /tmp
  mount -t devpts -o mode=0620,gid=5,ptmxmode=0666 devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  ln -sf "$state/resolv.conf" /etc/resolv.conf
  hostname ostler-boot
  ip link set lo up
  if [ -d /sys/firmware/efi ]; then
    modprobe -q efivarfs
    mount -t efivarfs efivarfs /sys/firmware/efi/efivars
  fi
}

# Drivers by one modprobe for all devices, then udev for the devices that have names: triggering every device of a
# machine through udev takes ten times as long.
find_devices() {
  /usr/lib/systemd/systemd-udevd --daemon 2>>"$boot_log"
  load_drivers
  modprobe -a -q fuse loop crc32c_intel
  udevadm trigger --action=add --subsystem-match=block --subsystem-match=net --subsystem-match=input --subsystem-match=tpm
  udevadm settle --timeout=60 || say 'Some devices are still not ready; going on'
}

# The same client goes on asking for as long as the machine runs. It starts with the address that the first stage got.
keep_lease() {
  interface=$(fact bootInterface)
  [ -s "$state/lease-$interface" ] || return
  address=$(cat "$state/lease-$interface")
  busybox udhcpc -i "$interface" -r "${address%/*}" -s /usr/lib/ostler/udhcpc.sh -p "$state/udhcpc.pid" -f -t 3 -T 3 -A 10 \
    >"$state/log/udhcpc.log" 2>&1 </dev/null &
}

run_prestart() {
  [ -f "$state/prestart" ] || return
  say 'Running the pre-start command'
  sh "$state/prestart" >"$state/log/prestart.log" 2>&1 </dev/null
  result=$?
  if [ "$result" -eq 0 ]; then return; fi
  say "The pre-start command ended with exit code $result; going on"
  tail -n 5 "$state/log/prestart.log" | while read -r line; do tell "$line"; done
}

# A shell on the second screen (Alt+F2), for people who debug.
offer_shell() {
  [ "$(fact commandSupport)" = true ] && [ -c /dev/tty2 ] || return
  (while :; do
    setsid -c bash -l </dev/tty2 >/dev/tty2 2>&1
    sleep 1
  done) &
}

# end ACTION: reboot, poweroff or halt, from a signal as busybox's programs of these names send it.
end() {
  trap '' TERM USR1 USR2
  say "Ending: $1"
  kill -TERM -1
  sleep 1
  sync
  umount -a -r -t noproc,nosysfs,nodevtmpfs,notmpfs,nooverlay,nosquashfs 2>/dev/null
  busybox "$1" -f
}

# Exit code 0 means that the agent has handed over; it restarts the machine by itself. Anything else is a crash.
run_agent() {
  input=$(primary_console)
  pause=2
  export OSTLER_CONSOLES="$consoles"
  while :; do
    say "Starting the agent"
    setsid -c node "$state/agent.mjs" --environment boot-image <"$input" >"$input" 2>"$state/log/agent-stderr.log" &
    wait $!
    result=$?
    [ "$result" -eq 0 ] && break
    say "The agent ended with code $result; it starts again in $pause seconds"
    tail -n 8 "$state/log/agent-stderr.log" | while read -r line; do tell "$line"; done
    sleep "$pause"
    pause=$((pause < 60 ? pause * 2 : 60))
  done
}

trap 'end reboot' TERM
trap 'end poweroff' USR2
trap 'end halt' USR1

find_consoles
mount_file_systems
keep_lease
find_devices
say 'Devices are ready'
run_prestart
offer_shell
run_agent
say 'The agent has handed over'
sleep 120 &
wait $!
end reboot
