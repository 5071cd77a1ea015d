#!/bin/sh
# What udhcpc calls with a lease's facts in the environment (busybox networking/udhcp/dhcpc.c, fill_envp).
# A lost lease leaves the address alone: a machine in the middle of a deployment is better off with an old address than none.
# shellcheck disable=SC2154  # the variables come from udhcpc

set_routes() {
  metric=$(cat "/sys/class/net/$interface/ifindex")
  # Option 121 (RFC 3442), when sent, replaces option 3.
  if [ -n "${staticroutes:-}" ]; then
    # shellcheck disable=SC2086  # pairs of words
    set -- $staticroutes
    while [ $# -ge 2 ]; do
      if [ "$2" = 0.0.0.0 ]; then
        ip route replace "$1" dev "$interface" metric "$metric"
      else
        ip route replace "$1" via "$2" dev "$interface" metric "$metric"
      fi
      shift 2
    done
  elif [ -n "${router:-}" ]; then
    ip route replace default via "${router%% *}" dev "$interface" metric "$metric"
  fi
}

write_resolver() {
  {
    [ -n "${search:-${domain:-}}" ] && echo "search ${search:-$domain}"
    for server in ${dns:-}; do echo "nameserver $server"; done
  } >/run/ostler/resolv.conf
  ln -sf /run/ostler/resolv.conf /etc/resolv.conf
}

case $1 in
  bound | renew)
    [ -n "${mtu:-}" ] && ip link set "$interface" mtu "$mtu"
    # The same address again, with the life of the new lease, keeps open connections.
    ip addr replace "$ip/$mask" broadcast "${broadcast:-+}" dev "$interface"
    set_routes
    write_resolver
    printf '%s\n' "$ip/$mask" >"/run/ostler/lease-$interface"
    ;;
esac
exit 0
