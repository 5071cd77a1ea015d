/** Errors of the area: disks, images, and setting up what was applied. */
import type { ErrorEntry } from './entry.ts';

export const imagingErrors = {
  DISK_NONE: {
    status: 422,
    text: 'This computer has no disk that can be used.',
    hint: 'Check that the storage controller is on, is not in a RAID mode that hides its disks, and that its driver is in the boot image.',
  },
  DISK_NOT_FOUND: {
    status: 422,
    text: 'There is no disk {choice}. Found: {found}.',
    hint: 'Removable and read-only disks have no number; name them by path or serial number.',
  },
  DISK_READ_ONLY: { status: 422, text: 'The disk {disk} is read-only.', hint: 'Look for a write-protection switch or a locked drive.' },
  DISK_IN_USE: {
    status: 409,
    text: 'The disk {disk} is in use: {users}.',
    hint: 'Nothing on it was changed. Unmount it, or turn its swap off.',
  },
  DISK_SHARED: {
    status: 409,
    text: 'The disk {disk} holds a part of {what}. Nothing was changed.',
    hint: 'Take the disk out of it first, or let the step break it: sharedStorage "break". What is on the other disks may be lost with it.',
  },
  DISK_TOO_SMALL: {
    status: 422,
    text: 'The disk {disk} is too small: the layout needs at least {needed}, the disk has {actual}.',
    hint: 'Make the fixed sizes smaller, or use percentages of the free space.',
  },
  ENCRYPTION_KEY_WRONG: {
    status: 409,
    text: 'The key that this run keeps does not open {partition}.',
    hint: 'The partition was encrypted anew since. Let the deployment run again from the beginning.',
  },
  ENCRYPTION_LAST_KEY: {
    status: 409,
    text: 'The key in clear is the only one that opens {partition}; it stays.',
    hint: 'Give Enable Disk Encryption a protector or a recovery key.',
  },
  ENCRYPTION_TPM_FAILED: {
    status: 500,
    text: 'The TPM does not open {partition}, although it was enrolled.',
    hint: 'Check that the TPM is on and activated in the firmware.',
  },
  ENCRYPTION_SUPPORT_MISSING: {
    status: 422,
    text: 'The image cannot start from an encrypted disk: {missing} is not in it. It comes with the packages {packages}.',
    hint: 'Install them in the image.',
  },
  PARTITION_INVALID: {
    status: 422,
    text: 'Partition {number} ({name}) is not possible: {problem}',
    hint: 'Change the Format and Partition Disk step.',
  },
  PARTITION_BEYOND_MBR: {
    status: 422,
    text: 'Partition {number} ({name}) would reach beyond {limit}, the end of what an MBR partition table can describe on {disk}.',
    hint: 'Use GPT (on a BIOS computer with a bios-boot partition of 1 MB), or a fixed size.',
  },
  PARTITION_VARIABLE_INVALID: { status: 422, text: 'The variable {variable} has the value "{value}"; it must be {expected}.' },
  PARTITIONS_NOT_SEEN: {
    status: 500,
    text: 'The kernel does not show the new partition {path} after {seconds} seconds.',
    hint: 'Something else may hold the disk open. Restart the computer and try again.',
  },
  TOOL_OUTPUT_UNEXPECTED: { status: 500, text: 'The output of {program} is not as expected: {problem}' },
  MOUNT_BUSY: { status: 409, text: '{path} cannot be unmounted: it is still in use.', hint: 'Close what works in that folder.' },

  IMAGE_NOT_FOUND: { status: 404, text: 'There is no image file {path}.' },
  IMAGE_NOT_A_WIM: {
    status: 422,
    text: '{path} is not a WIM file: it begins with {found}.',
    hint: 'Give a .wim file, such as sources/install.wim of an installation medium or one captured by wimlib or DISM.',
  },
  IMAGE_TRUNCATED: {
    status: 422,
    text: '{path} is cut short: its {part} ends at byte {expectedBytes}, the file has {actualBytes}.',
    hint: 'Copy or upload the file again.',
  },
  IMAGE_SPLIT: {
    status: 422,
    text: '{path} is part {partNumber} of {totalParts} of a split WIM.',
    hint: 'Join the parts first: wimlib-imagex join whole.wim *.swm',
  },
  IMAGE_ENCRYPTED: {
    status: 422,
    text: '{path} is an encrypted ESD file: its image information cannot be read.',
    hint: 'Decrypt it first, or take install.wim or install.esd of an installation medium made from it.',
  },
  IMAGE_VERSION_UNSUPPORTED: { status: 422, text: '{path} has the WIM format version {version}, which is not known.' },
  IMAGE_COMPRESSION_UNSUPPORTED: { status: 422, text: '{path} has an unknown kind of compression (header flags {flags}).' },
  IMAGE_CORRUPT: { status: 422, text: '{path} is damaged: {problem}', hint: 'Get the file again from its source.' },
  IMAGE_XML_INVALID: {
    status: 422,
    text: 'The description inside {path} cannot be read: {problem}',
    hint: 'Get the file again from its source.',
  },
  IMAGE_EMPTY: { status: 422, text: '{path} holds no image.' },
  IMAGE_BEING_WRITTEN: {
    status: 422,
    text: '{path} is marked as being written: a program that changed it has not finished, or died.',
    hint: 'Wait until it has finished, or get the file again.',
  },
  IMAGE_INDEX_NOT_FOUND: { status: 404, text: '{path} has no image {index}; it has {count}.' },
  IMAGE_TARGET_FULL: { status: 507, text: 'There is no space left at {path} while {activity}.', hint: 'Use a larger partition.' },
  IMAGE_TARGET_TOO_SMALL: {
    status: 422,
    text: 'The image needs {needed}, but {path} has only {available} free.',
    hint: 'Use a larger partition.',
  },
  IMAGE_SOURCE_MISSING: { status: 422, text: 'There is nothing to capture at {path}.' },
  IMAGE_TARGET_MISSING: { status: 422, text: 'The place {path} to apply the image to does not exist.' },
  IMAGE_PROPERTY_INVALID: { status: 422, text: 'The image property {property} is not valid: {problem}' },

  TARGET_NOT_LINUX: {
    status: 422,
    text: 'There is no Linux system at {root}: {missing} is missing.',
    hint: 'Apply an operating system image before this step.',
  },
  TARGET_LINK_LOOP: { status: 422, text: 'The path {path} of the system at {root} goes round in a circle of links.' },
  BOOT_LOADER_MISSING: {
    status: 422,
    text: 'The image cannot be made to boot with {firmware}: {missing} is not in it. It comes with the packages {packages}.',
    hint: 'Install them in the image.',
  },
  BOOT_LOADER_FAILED: { status: 500, text: 'The boot loader could not be installed: {problem}' },
  BOOT_PARTITION_MISSING: {
    status: 422,
    text: 'The disk has no place for the {firmware} boot loader: {missing}.',
    hint: 'Change the Format and Partition Disk step.',
  },
  KERNEL_MISSING: { status: 422, text: 'There is no kernel in /boot of the image.', hint: 'Install a kernel package in the image.' },
  SETTING_INVALID: { status: 422, text: '{setting} has the value "{value}": {problem}' },
  NETWORK_STACK_UNKNOWN: {
    status: 422,
    text: 'The image has none of the network programs that settings can be written for: {known}.',
    hint: 'Install one of them in the image.',
  },
  ADAPTER_NOT_FOUND: { status: 422, text: 'There is no network adapter {adapter}. Found: {found}.' },
} as const satisfies Record<string, ErrorEntry>;
