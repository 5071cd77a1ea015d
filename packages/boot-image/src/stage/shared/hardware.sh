# Loads a driver for each device that names one, until no new devices turn up. Used by both stages.
# Processors are left out: they ask for every accelerated cipher, whose self-tests take seconds; what is used is loaded then.
# shellcheck shell=sh

load_drivers() {
  : >/run/aliases-known
  for _ in 1 2 3 4; do
    find /sys/devices -name modalias -exec cat {} + 2>/dev/null | grep -v '^cpu:' | sort -u >/run/aliases
    # The known ones twice: a line that is left only once is new.
    sort /run/aliases-known /run/aliases-known /run/aliases | uniq -u >/run/aliases-new
    [ -s /run/aliases-new ] || break
    # Most devices need no driver of this stage: a name without a module is not an error.
    xargs modprobe -a -q -b </run/aliases-new 2>/dev/null
    mv /run/aliases /run/aliases-known
  done
  rm -f /run/aliases /run/aliases-known /run/aliases-new
}
