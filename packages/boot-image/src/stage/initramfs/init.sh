#!/bin/sh
# The first stage of the boot environment, process 1 in the initramfs. It finds the network, fetches the second stage
# (a squashfs) and the agent, checks both against the hashes that the server gives over HTTPS, and hands over.
# Whatever happens is on every console. Reading the second stage from a disc or stick (ostler.media) belongs in fetch_all.
# shellcheck disable=SC1091,SC2013,SC2034,SC2094,SC2154  # the sourced files are in the image; variables are shared with them

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
. /usr/lib/ostler/console.sh
. /usr/lib/ostler/failure.sh
. /usr/lib/ostler/hardware.sh
. /usr/lib/ostler/network.sh
. /usr/lib/ostler/fetch.sh
. /etc/ostler/boot-image.conf

# What the boot environment and a deployment need besides the files fetched into memory, in bytes. Measured: kernel and
# environment 0.2 GB; an agent at work up to 0.3 GB; wimlib and the caches that keep it fast take the rest.
working_memory=$((1000 * 1000 * 1000))
squashfs=/run/ostler/boot/squashfs
agent=/run/ostler/agent.mjs

mount_kernel_file_systems() {
  mkdir -p /proc /sys /dev /run
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t devtmpfs devtmpfs /dev
  mount -t tmpfs -o mode=0755,size=80% tmpfs /run
  mkdir -p /run/ostler/log /run/ostler/boot /tmp
  # Kernel messages would write over the progress; they stay in dmesg.
  echo 1 >/proc/sys/kernel/printk
}

# Reads ostler.* and BOOTIF from the kernel command line. No secret is ever on it.
read_command_line() {
  server='' files='' boot_image='' boot_mac=''
  # Seconds for which it tries to reach the server, and to fetch each file, before it gives up.
  network_patience=300
  for word in $(cat /proc/cmdline); do
    case $word in
      ostler.server=*) server=${word#*=} ;;
      ostler.files=*) files=${word#*=} ;;
      ostler.boot_image=*) boot_image=${word#*=} ;;
      ostler.patience=*) network_patience=${word#*=} ;;
      BOOTIF=*) boot_mac=$(normal_mac "${word#*=}") ;;
    esac
  done
  uuid=$(cat /sys/class/dmi/id/product_uuid 2>/dev/null)
  uuid=${uuid:-unknown}
  [ -n "$server" ] && [ -n "$files" ] && [ -n "$boot_image" ] && return
  fail BAD_COMMAND_LINE 60 "This boot image does not know its server." \
    "The kernel command line lacks ostler.server, ostler.files or ostler.boot_image." \
    "Boot this machine from the network, with the boot script that the server makes."
}

# The files must fit beside what a deployment needs; saying so beats failing half-way.
check_memory() {
  while read -r key kilobytes _; do
    [ "$key" = MemTotal: ] && memory=$((kilobytes * 1024))
  done </proc/meminfo
  needed=$((working_memory + squashfs_size + agent_size))
  [ "$memory" -ge "$needed" ] && return
  fail LOW_MEMORY 600 "This machine has too little memory: $(megabytes "$memory") MB; $(megabytes "$needed") MB are needed." \
    "The boot environment and the deployment run from memory." \
    "Add memory (2 GiB is enough) and start it again. Nothing on its disks was changed."
}

mount_root() {
  modprobe -a loop squashfs overlay
  mkdir -p /run/ostler/lower /run/ostler/upper /run/ostler/work /root
  if mount -t squashfs -o loop,ro "$squashfs" /run/ostler/lower &&
    mount -t overlay -o lowerdir=/run/ostler/lower,upperdir=/run/ostler/upper,workdir=/run/ostler/work overlay /root; then
    return
  fi
  fail MOUNT_FAILED 60 "The boot environment cannot be mounted." "$(dmesg | tail -n 2 | tr '\n' ' ')" \
    "Build the boot image again (ostler boot-image build), then restart this machine."
}

# What the second stage and the agent find: the site's CA, the pre-start command, and the facts of this boot.
leave_facts() {
  cp /etc/ostler/ca.pem /run/ostler/ca.pem
  [ -f /etc/ostler/prestart ] && cp /etc/ostler/prestart /run/ostler/prestart
  printf '{ "server": "%s", "files": "%s", "bootImageId": "%s", "bootInterface": "%s", "commandSupport": %s }\n' \
    "$server" "$files" "$boot_image" "$interface" "$command_support" >/run/ostler/boot.json
}

hand_over() {
  for directory in proc sys dev run; do
    mkdir -p "/root/$directory"
    mount --move "/$directory" "/root/$directory"
  done
  exec switch_root /root /usr/lib/ostler/init
}

mount_kernel_file_systems
load_drivers
find_consoles
say "Ostler boot environment, kernel $(uname -r)"
read_command_line
connect
fetch_manifest
check_memory
fetch_all
leave_facts
mount_root
say 'Starting the boot environment'
hand_over
fail MOUNT_FAILED 60 "The boot environment cannot be started." "switch_root to it failed." \
  "Build the boot image again (ostler boot-image build), then restart this machine."
