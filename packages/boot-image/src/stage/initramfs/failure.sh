# What happens when the first stage cannot go on: it says what, why and what to do, tells the server, and restarts.
# shellcheck shell=sh disable=SC2094,SC2154  # the variables are set by init

# fail CODE SECONDS WHAT WHY TODO: never returns. The machine restarts after SECONDS, or a shell opens with command support.
fail() {
  say "FAILED: $3"
  tell "Why:        $4"
  tell "What to do: $5"
  tell "Machine:    ${mac:-no network adapter} uuid ${uuid:-unknown}, code $1"
  if report_failure "$1" "$3 $4"; then
    tell 'The server has been told.'
  fi
  [ "$command_support" = true ] && debug_shells
  count_down "$2"
  restart
}

# Best effort: the reason may be that there is no server.
report_failure() {
  [ -n "${network_up:-}" ] || return 1
  printf 'mac %s\nuuid %s\ncode %s\nmessage %s\n' "${mac:-}" "${uuid:-}" "$1" "$2" |
    curl --silent --fail --cacert /etc/ostler/ca.pem --connect-timeout 5 --max-time 15 --output /dev/null \
      --header 'content-type: text/plain' --data-binary @- "$server/api/v1/boot-images/$boot_image/failure"
}

# A shell on each console; when one is left, the machine restarts.
debug_shells() {
  tell 'Command support: a shell is open here. Leave it with "exit" to restart the machine.'
  rm -f /run/shell-left
  for console in $consoles; do
    (
      setsid -c sh <"$console" >"$console" 2>&1
      : >/run/shell-left
    ) &
  done
  until [ -e /run/shell-left ]; do sleep 1; done
  restart
}

count_down() {
  remaining=$1
  while [ "$remaining" -gt 0 ]; do
    print "\r          This machine restarts in $remaining seconds.\033[K"
    step=$((remaining > 10 ? 5 : 1))
    sleep "$step"
    remaining=$((remaining - step))
  done
  print '\r\n'
}

restart() {
  say 'Restarting'
  sync
  reboot -f
  # reboot returned: the machine must not go on.
  while :; do sleep 60; done
}
