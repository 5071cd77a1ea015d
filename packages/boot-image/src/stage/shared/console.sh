# Text on every console: the screen and whatever the kernel was given with console=. Sourced by both stages.
# shellcheck shell=sh disable=SC2013

consoles=''
boot_log=/run/ostler/log/boot.log

# Finds the consoles that can be written to. The screen counts also when only a serial line is a kernel console.
find_consoles() {
  consoles=''
  for name in $(cat /sys/class/tty/console/active 2>/dev/null) tty1; do
    [ "$name" = tty0 ] && name=tty1
    case " $consoles " in *" /dev/$name "*) continue ;; esac
    if [ -c "/dev/$name" ] && (: >"/dev/$name") 2>/dev/null; then
      consoles="${consoles:+$consoles }/dev/$name"
    fi
  done
}

# The console that input comes from: the last console= of the kernel command line, as the kernel itself has it.
primary_console() {
  for name in $(cat /sys/class/tty/console/active 2>/dev/null); do primary=$name; done
  [ "${primary:=tty1}" = tty0 ] && primary=tty1
  [ -c "/dev/$primary" ] || primary=console
  echo "/dev/$primary"
}

# print TEXT: as it is, %b escapes included, with no line end.
print() {
  for console in $consoles; do
    printf '%b' "$1" >"$console" 2>/dev/null
  done
}

# Seconds since the kernel started, two decimals.
uptime_now() {
  read -r now _ </proc/uptime
  echo "$now"
}

# The same in hundredths, as a whole number.
uptime_hundredths() {
  uptime_now | tr -d .
}

# say TEXT: one line with the time since the kernel started, on the consoles and in the log.
say() {
  line=$(printf '[%7s] %s' "$(uptime_now)" "$1")
  print "\r$line\033[K\r\n"
  mkdir -p "${boot_log%/*}" && printf '%s\n' "$line" >>"$boot_log"
}

# tell TEXT: an indented line that goes with the one before.
tell() {
  print "\r          $1\033[K\r\n"
  printf '          %s\n' "$1" >>"$boot_log"
}

# megabytes BYTES
megabytes() {
  echo "$((($1 + 500000) / 1000000))"
}

# draw_progress LABEL DONE_BYTES TOTAL_BYTES BYTES_PER_SECOND
draw_progress() {
  percent=$(($3 > 0 ? $2 * 100 / $3 : 100))
  filled=$((percent * 24 / 100))
  bar=$(printf '%*s' "$filled" '' | tr ' ' '#')$(printf '%*s' "$((24 - filled))" '' | tr ' ' '-')
  rate="$(($4 / 1000000)).$(($4 / 100000 % 10))"
  print "\r          $1 [$bar] $percent %  $(megabytes "$2") of $(megabytes "$3") MB  $rate MB/s\033[K"
}
