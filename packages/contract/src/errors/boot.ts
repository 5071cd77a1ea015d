/** Errors of the area: network boot and the plain HTTP listener. */
import type { ErrorEntry } from './entry.ts';

export const bootErrors = {
  NETWORK_BOOT_SETTING_INVALID: {
    status: 500,
    text: 'The network boot setting {setting} has the value "{value}": {problem}.',
    hint: 'Change the server’s configuration; `ostler serve --help` lists every setting.',
  },
  NETWORK_BOOT_PORT_IN_USE: {
    status: 500,
    text: 'Network boot cannot start on {interface}: {port} is in use by another program.',
    hint: 'Stop the other DHCP or TFTP server on this machine, or turn network boot off and let that server point here.',
  },
  NETWORK_BOOT_NOT_PERMITTED: {
    status: 500,
    text: 'Network boot cannot start: this account may not use the ports of DHCP and TFTP.',
    hint: 'Run the server as root.',
  },
  NETWORK_BOOT_PROGRAM_MISSING: {
    status: 500,
    text: 'Network boot cannot start: the program dnsmasq is not installed.',
    hint: 'Run `./ostler` once: it installs what is missing.',
  },
  NETWORK_BOOT_INTERFACE_MISSING: {
    status: 500,
    text: 'Network boot cannot start: there is no network interface {interface}.',
    hint: 'Name an interface of this machine in the configuration; `ip link` lists them.',
  },
  NETWORK_BOOT_FAILED: { status: 500, text: 'dnsmasq ended with exit code {exitCode}: {output}' },
  BOOT_IMAGE_NONE: {
    status: 409,
    text: 'There is no boot image yet: machines that ask go on to their disks.',
    hint: 'Run `ostler boot-image build`.',
  },
  BOOT_IMAGE_FILES_MISSING: {
    status: 500,
    text: 'The boot image {id} lacks the files {files}.',
    hint: 'Build it again: `ostler boot-image build --force`.',
  },
} as const satisfies Record<string, ErrorEntry>;
