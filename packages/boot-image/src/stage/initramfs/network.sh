# Finds the network adapter from which the server answers, and sets the clock.
# shellcheck shell=sh disable=SC2015,SC2034,SC2154  # the variables are set by init

# normal_mac MAC: lower case with colons; the 01- that some boot loaders put before it is dropped.
normal_mac() {
  text=$(echo "$1" | tr 'A-Z-' 'a-z:')
  [ ${#text} -eq 20 ] && text=${text#??:}
  echo "$text"
}

# Ethernet adapters, the one that the firmware booted from first.
list_interfaces() {
  first='' others=''
  for path in /sys/class/net/*; do
    name=${path##*/}
    [ -e "$path/device" ] && [ "$(cat "$path/type")" = 1 ] || continue
    if [ "$(cat "$path/address")" = "$boot_mac" ]; then
      first="$first $name"
    else
      others="$others $name"
    fi
  done
  echo "$first$others"
}

# Drivers finish their work on their own time; USB adapters take seconds.
wait_for_interfaces() {
  tries=0
  while [ "$tries" -lt 40 ]; do
    interfaces=$(list_interfaces)
    for name in $interfaces; do
      # Without the adapter booted from, others get their turn after five seconds.
      if [ "$(cat "/sys/class/net/$name/address")" = "$boot_mac" ] || [ "$tries" -gt 20 ]; then return 0; fi
    done
    sleep 0.25
    tries=$((tries + 1))
  done
  [ -n "$interfaces" ]
}

# wait_for_link NAME: a switch port with spanning tree takes up to 30 seconds after the link, but the link itself is quick.
wait_for_link() {
  tries=0
  while [ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" != 1 ]; do
    [ "$tries" -ge 40 ] && return 1
    sleep 0.25
    tries=$((tries + 1))
  done
}

# try_interface NAME: true when it has an address and the server answers over it. Sets `trouble` when not.
try_interface() {
  mac=$(cat "/sys/class/net/$1/address")
  ip link set "$1" up
  if ! wait_for_link "$1"; then
    trouble="The cable of $1 ($mac) is not connected, or its switch port is off."
    say "$1 ($mac): no link"
    return 1
  fi
  say "$1 ($mac): asking for an address"
  rm -f "/run/ostler/lease-$1"
  udhcpc -i "$1" -s /usr/lib/ostler/udhcpc.sh -n -q -t 10 -T 3 >/run/ostler/log/udhcpc.log 2>&1
  if [ ! -s "/run/ostler/lease-$1" ]; then
    trouble="No DHCP server answered $1 ($mac)."
    say "$1 ($mac): no DHCP server answers"
    ip link set "$1" down
    return 1
  fi
  say "$1 ($mac): address $(cat "/run/ostler/lease-$1")"
  reach_server && return
  ip addr flush dev "$1"
  ip link set "$1" down
  return 1
}

# Plain HTTP answers whatever this machine's clock says; its Date header sets the clock that TLS needs.
reach_server() {
  server_date=$(curl --silent --show-error --connect-timeout 5 --max-time 10 --head "$files/boot/time" 2>/run/curl-error |
    tr -d '\r' | sed -n 's/^[Dd]ate: //p')
  if [ -z "$server_date" ]; then
    trouble="$files does not answer: $(sed 's/^curl: ([0-9]*) //' /run/curl-error)"
    say "$trouble"
    return 1
  fi
  server_time=$(date -u -D '%a, %d %b %Y %T GMT' -d "$server_date" +%s) || return 0
  local_time=$(date -u +%s)
  difference=$((server_time - local_time))
  if [ "$difference" -gt 30 ] || [ "$difference" -lt -30 ]; then
    date -u -s "@$server_time" >/dev/null
    say "The clock was wrong by $difference seconds; it has the server's time now"
  fi
}

# Tries each adapter, again and again with a growing pause, for some minutes. Sets interface and mac.
connect() {
  trouble='' pause=2 network_up=''
  if ! wait_for_interfaces; then
    fail NO_ADAPTER 120 'This machine has no network adapter that the boot image has a driver for.' \
      'No driver of the boot image recognised an adapter.' \
      'Use another adapter, or add its firmware package to the boot image (firmwarePackages) and build it again.'
  fi
  started=$(cut -d. -f1 /proc/uptime)
  while :; do
    for interface in $(list_interfaces); do
      if try_interface "$interface"; then
        network_up=1
        return
      fi
    done
    [ $(($(cut -d. -f1 /proc/uptime) - started)) -gt "$network_patience" ] && break
    say "No way to the server yet. Next try in $pause seconds"
    sleep "$pause"
    pause=$((pause < 30 ? pause * 2 : 30))
  done
  fail NO_NETWORK 60 "This machine cannot reach its server $server." "$trouble" \
    'Check the cable, the DHCP server, that the server runs, and that no firewall is between.'
}
