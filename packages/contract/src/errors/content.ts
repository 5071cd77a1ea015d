/** Errors of the area: content, uploads, images and packages as the server keeps them, and how they travel. */
import type { ErrorEntry } from './entry.ts';

export const contentErrors = {
  CONTENT_NOT_FOUND: {
    status: 404,
    text: 'There is no content {sha256}.',
    hint: 'If it should be there, run `ostler content verify`: it names what is missing and who uses it.',
  },
  CONTENT_HASH_MISMATCH: {
    status: 502,
    text: 'What {source} sent is not the content asked for: its SHA-256 is {actual}, expected {expected}.',
    hint: 'Nothing of it was used. Run `ostler content verify` on the server, and look for a proxy in between that changes what it passes on.',
  },
  CONTENT_UNAVAILABLE: {
    status: 502,
    text: 'No source has the content {sha256}: {reasons}.',
    hint: 'Check that it is still on the server and that this computer may read it.',
  },
  CONTENT_DISK_FULL: {
    status: 507,
    text: 'There is not enough space at {path}: {neededBytes} bytes are needed, {freeBytes} are free.',
    hint: 'Nothing was stored. Make space, for example with `ostler content collect`, and start again.',
  },
  CONTENT_SOURCE_CHANGED: {
    status: 409,
    text: '{path} changed while it was read: it had {expectedBytes} bytes, then {actualBytes}.',
    hint: 'Wait until whatever writes it has finished.',
  },
  UPLOAD_OFFSET_WRONG: { status: 409, text: 'The upload {id} continues at byte {expected}, not at {given}.' },
  UPLOAD_TOO_LONG: { status: 413, text: 'The upload {id} was announced with {sizeBytes} bytes; more arrived.' },
  UPLOAD_INCOMPLETE: {
    status: 409,
    text: 'The upload {id} is not complete: {receivedBytes} of {sizeBytes} bytes have arrived.',
    hint: 'Send the rest first.',
  },
  UPLOAD_REFUSED: { status: 502, text: 'The server does not take the upload to {url}: {reason}' },
  APPLICATION_INVALID: {
    status: 422,
    text: 'The application {name} cannot be saved: {problems}',
    hint: 'Mend what is named, then save again.',
  },
  APPLICATION_CYCLE: {
    status: 422,
    text: 'Applications depend on each other in a circle: {names}.',
    hint: 'Take one of the dependencies away.',
  },
  PACKAGE_CHANGED: {
    status: 409,
    text: 'The package {name} got version {version} from {savedBy} meanwhile.',
    hint: 'Look at it with `ostler package versions`, then save yours on top of it.',
  },
  PACKAGE_VERSION_NEWEST: {
    status: 409,
    text: 'Version {version} of the package {name} is the newest: it is what runs get.',
    hint: 'Make another one the newest first, with `ostler package rollback` or `ostler package update`, or delete the package.',
  },
  PACKAGE_NOT_AN_RPM: { status: 422, text: '{fileName} is not an RPM package.', hint: 'Upload an .rpm file, or choose another kind.' },
  PACKAGE_NOT_AN_ARCHIVE: {
    status: 422,
    text: '{fileName} is not a tar archive that can be read: {problem}',
    hint: 'Make it with: tar --create --zstd --file FILES.tar.zst --directory FOLDER .',
  },
  PACKAGE_NOT_A_DEB: {
    status: 422,
    text: '{fileName} is not a Debian package: {problem}',
    hint: 'Upload a .deb file, or choose the kind "script".',
  },
  PACKAGE_NOT_DRIVERS: {
    status: 422,
    text: '{fileName} is not a driver package: {problem}',
    hint: 'Give a tar archive with drivers.json at its top, and firmware/ or .deb files beside it.',
  },
  PACKAGE_NOT_A_SCRIPT: {
    status: 422,
    text: '{fileName} is not a script: its first line does not begin with "#!".',
    hint: 'Begin it with the program that runs it, such as #!/bin/sh.',
  },
  IMAGE_CREATE_NEEDS_ROOT: {
    status: 500,
    text: 'An operating system image can be made by root only: Debian packages are installed into a folder of their own.',
    hint: 'Run the server as root.',
  },
  IMAGE_CREATE_UNSUPPORTED: { status: 422, text: 'A default image of {distribution} {suite} for {architecture} cannot be made here.' },
  IMAGE_CREATE_FAILED: {
    status: 502,
    text: '{distribution} {suite} cannot be installed from {mirror}: {reason}',
    hint: 'Check that the mirror can be reached and has every package that was asked for.',
  },
  BOOT_IMAGE_NONE: { status: 409, text: 'There is no boot image yet.', hint: 'Run `ostler boot-image build`.' },
  AGENT_BUNDLE_FAILED: { status: 500, text: 'The agent’s program cannot be bundled: {reason}' },
} as const satisfies Record<string, ErrorEntry>;
