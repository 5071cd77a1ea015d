# Fetches what the server's manifest names, with resume and retry, and trusts nothing whose SHA-256 differs.
# shellcheck shell=sh disable=SC2015,SC2034,SC2154  # the variables are shared with init

# request OUTPUT URL [OPTION...]: one transfer. Sets `status` (the HTTP status) and `reason` when it fails.
request() {
  output=$1 url=$2
  shift 2
  status=$(curl --silent --show-error --fail --location --cacert /etc/ostler/ca.pem --connect-timeout 10 \
    --speed-limit 1000 --speed-time 20 --write-out '%{http_code}' --output "$output" "$@" "$url" 2>/run/curl-error)
  result=$?
  reason=$(sed 's/^curl: ([0-9]*) //' /run/curl-error | head -n 1)
  # 60: the certificate is not from the CA in this boot image; 77: the CA itself cannot be read.
  case $result in
    60 | 77) reason="$url: its certificate is not from this site's CA ($reason)" ;;
  esac
  return "$result"
}

# Trying again does not help when the server answers and says no.
is_refused() {
  case $status in 400 | 401 | 403 | 404 | 410) return 0 ;; *) return 1 ;; esac
}

# patiently COMMAND...: runs it until it succeeds, or the server refuses, or patience is over.
patiently() {
  attempt_pause=1 attempts_until=$(($(cut -d. -f1 /proc/uptime) + network_patience))
  until "$@"; do
    is_refused && return 1
    [ "$(cut -d. -f1 /proc/uptime)" -ge "$attempts_until" ] && return 1
    say "$reason. Next try in $attempt_pause seconds"
    sleep "$attempt_pause"
    attempt_pause=$((attempt_pause < 30 ? attempt_pause * 2 : 30))
  done
}

fetch_manifest() {
  manifest=/run/ostler/boot/manifest
  if ! patiently request "$manifest" "$server/api/v1/boot-images/$boot_image/manifest" --max-time 30; then
    fail NO_MANIFEST 60 "The server does not give out boot image $boot_image." "$reason" \
      'Restart this machine to get the current boot image; if that does not help, look at the server log.'
  fi
  squashfs_size=0 agent_size=0 squashfs_sha256='' agent_sha256=''
  while read -r name sha256 size path; do
    case $name in
      squashfs) squashfs_sha256=$sha256 squashfs_size=$size squashfs_url=$(join_url "$files" "$path") ;;
      agent) agent_sha256=$sha256 agent_size=$size agent_url=$(join_url "$server" "$path") ;;
    esac
  done <"$manifest"
  if [ ${#squashfs_sha256} -ne 64 ] || [ ${#agent_sha256} -ne 64 ]; then
    fail NO_MANIFEST 60 "The server's list of files for boot image $boot_image is not complete." \
      "It names no squashfs, no agent, or no hash." "Look at the server log; build the boot image again."
  fi
}

join_url() {
  echo "${1%/}/${2#/}"
}

fetch_all() {
  fetch_verified agent "$agent" "$agent_url" "$agent_size" "$agent_sha256"
  fetch_verified 'boot environment' "$squashfs" "$squashfs_url" "$squashfs_size" "$squashfs_sha256"
}

# fetch_verified LABEL FILE URL SIZE SHA256: a wrong hash is tried once more from the start, then is the end.
fetch_verified() {
  for round in 1 2; do
    start_hash "$2" "$4"
    if ! patiently download "$1" "$2" "$3" "$4"; then
      fail DOWNLOAD_FAILED 60 "$3 cannot be downloaded." "$reason" 'Check the network and the server, then restart this machine.'
    fi
    finish_hash "$2" "$4"
    if [ "$actual" = "$5" ]; then
      say "Fetched and verified: $1, $(megabytes "$4") MB"
      return
    fi
    say "Wrong hash: $3"
    tell "expected $5"
    tell "received $actual"
  done
  rm -f "$2"
  fail WRONG_HASH 60 "$3 is not what the server's manifest says; it is not used." \
    "Expected SHA-256 $5, received $actual, twice." \
    'Run "ostler content verify" on the server; look for a proxy that changes files on the way.'
}

# start_hash FILE SIZE: empties FILE and hashes it while it grows, which halves the time on a slow processor.
start_hash() {
  : >"$1"
  : >/run/hashing
  feed "$1" "$2" | sha256sum >/run/hash &
  hash_pid=$!
}

# feed FILE SIZE: writes FILE out block by block as it grows to SIZE, or until the flag is gone.
feed() {
  block=4194304 fed=0
  blocks=$((($2 + block - 1) / block))
  while [ "$fed" -lt "$blocks" ] && [ -e /run/hashing ]; do
    have=$(stat -c %s "$1")
    ready=$((have >= $2 ? blocks : have / block))
    if [ "$ready" -gt "$fed" ]; then
      dd if="$1" bs="$block" skip="$fed" count="$((ready - fed))" 2>/dev/null
      fed=$ready
    else
      sleep 0.3
    fi
  done
}

# finish_hash FILE SIZE: sets actual to the SHA-256 of the whole file.
finish_hash() {
  have=$(stat -c %s "$1")
  if [ "$have" -eq "$2" ]; then
    [ "$2" -gt 20000000 ] && print "\r          Verifying\033[K"
  else
    rm -f /run/hashing
  fi
  wait "$hash_pid"
  if [ "$have" -eq "$2" ]; then
    actual=$(cut -d' ' -f1 /run/hash)
  else
    actual="a file of $have bytes instead of $2"
  fi
}

# download LABEL FILE URL SIZE: goes on where the last try stopped, and shows progress while it runs.
download() {
  [ "$(stat -c %s "$2")" -ge "$4" ] && return
  rm -f /run/download-done
  (
    request "$2" "$3" --continue-at -
    printf '%s\n%s\n%s\n' "$?" "$status" "$reason" >/run/download-result
    mv /run/download-result /run/download-done
  ) &
  transfer_pid=$! before=$(stat -c %s "$2") drawn_at=$(uptime_hundredths)
  until [ -f /run/download-done ]; do
    sleep 0.2
    now=$(uptime_hundredths)
    [ $((now - drawn_at)) -ge 100 ] || continue
    have=$(stat -c %s "$2")
    [ "$4" -gt 20000000 ] || continue
    draw_progress "$1" "$have" "$4" $(((have - before) * 100 / (now - drawn_at)))
    before=$have drawn_at=$now
  done
  wait "$transfer_pid"
  { read -r result && read -r status && read -r reason; } </run/download-done
  return "$result"
}
