/** Errors of the area: building the boot image. */
import type { ErrorEntry } from './entry.ts';

export const bootImageErrors = {
  BOOT_IMAGE_NEEDS_ROOT: {
    status: 500,
    text: 'The boot image can be built by root only: Debian packages are installed into a folder of their own.',
    hint: 'Run the server as root.',
  },
  BOOT_IMAGE_KEYRING_MISSING: {
    status: 500,
    text: 'The keys that Debian signs its packages with are not on this machine ({paths}).',
    hint: 'Install the package debian-archive-keyring, or run `./ostler` once: it installs what is missing.',
  },
  BOOT_IMAGE_INSTALL_FAILED: {
    status: 502,
    text: 'Debian {suite} cannot be installed from {mirror}: {reason}',
    hint: 'Check that the mirror can be reached and has every package that the options name.',
  },
  BOOT_IMAGE_INITRAMFS_TOO_LARGE: {
    status: 500,
    text: 'The initramfs would have {sizeBytes} bytes; at most {limitBytes} start on every machine.',
    hint: 'Choose fewer firmware packages.',
  },
  BOOT_IMAGE_FILE_MISSING: {
    status: 500,
    text: 'The Debian packages have no file {path}; the boot image needs it for {purpose}.',
    hint: 'The mirror may hold another release than the suite says.',
  },
} as const satisfies Record<string, ErrorEntry>;
