/**
 * What an installed Debian-like system needs to start from LUKS2 volumes: crypttab, and what goes into its initramfs. While a volume
 * is only provisioned its key lies in clear on /boot, inside the initramfs; when it is protected the TPM opens it before Debian's own
 * script looks at it, and that one asks for the recovery key where the TPM does not.
 */
import { glob } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import type { EncryptedDevice } from '../disk/disk-encryption.ts';
import { markInitramfs } from './initramfs.ts';
import { existsInside } from './linux-tree.ts';
import { readTreeFile, removeFromTree, resolveInTree, writeTreeFile } from './tree-files.ts';

export interface StartVolume extends EncryptedDevice {
  /** In clear, for the installed system to start with; null once the volume is protected. */
  readonly key: string | null;
  /** The TPM opens it at the start. */
  readonly byTpm: boolean;
}

const needed = [
  { path: 'usr/share/initramfs-tools/hooks/cryptroot', packages: 'cryptsetup-initramfs' },
  { path: 'usr/sbin/update-initramfs', packages: 'initramfs-tools' },
] as const;
const tokenLibrary = 'usr/lib/*/cryptsetup/libcryptsetup-token-systemd-tpm2.so';
const keyFolder = 'etc/cryptsetup-keys.d';
const hookPath = 'etc/initramfs-tools/hooks/ostler-tpm';
const scriptPath = 'etc/initramfs-tools/scripts/local-top/ostler-tpm';

/** The volumes of an installed system's crypttab that this product made, with the keys that lie in clear. */
export async function readStartVolumes(root: string): Promise<StartVolume[]> {
  const lines = ((await readTreeFile(root, 'etc/crypttab')) ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const own = lines.flatMap(([name = '', source = '', , options = '']) => {
    const uuid = source.replace(/^UUID=/, '');
    return name === `luks-${uuid}` ? [{ name, uuid, byTpm: options.split(',').includes('tpm2-device=auto') }] : [];
  });
  return Promise.all(own.map(async (volume) => ({ ...volume, key: (await readTreeFile(root, keyPath(volume))) ?? null })));
}

/**
 * Checks first; then marks the initramfs as one to be made anew, and writes. What is there already is left, and needs no new initramfs. Volumes
 * that this product made and that are not among these go: an image that was captured from an encrypted computer would wait for them.
 * @throws OstlerError ENCRYPTION_SUPPORT_MISSING before anything is written
 */
export async function writeStartVolumes(root: string, volumes: readonly StartVolume[]): Promise<void> {
  const earlier = await readStartVolumes(root);
  if (volumes.length + earlier.length === 0) return;
  if (volumes.length > 0) await checkSupport(root, volumes);
  const own = new Set([...volumes, ...earlier].map(({ name }) => name));
  const gone = earlier.filter(({ name }) => volumes.every((volume) => volume.name !== name));
  const kept = ((await readTreeFile(root, 'etc/crypttab')) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !own.has(line.split(/\s/)[0] ?? ''));
  const byTpm = volumes.filter((volume) => volume.byTpm && volume.key === null);
  const files: StartFile[] = [
    { path: 'etc/crypttab', text: [...kept, ...volumes.map(crypttabLine), ''].join('\n'), mode: 0o644 },
    ...volumes.map((volume) => ({ path: keyPath(volume), text: volume.key, mode: 0o600 })),
    ...gone.map((volume) => ({ path: keyPath(volume), text: null, mode: 0o600 })),
    { path: 'etc/cryptsetup-initramfs/conf-hook', text: `KEYFILE_PATTERN="/${keyFolder}/*.key"\n`, mode: 0o644 },
    // The initramfs may hold a key: nobody but root reads it.
    { path: 'etc/initramfs-tools/conf.d/ostler-encryption', text: 'UMASK=0077\n', mode: 0o644 },
    { path: hookPath, text: byTpm.length > 0 ? hookText : null, mode: 0o755 },
    { path: scriptPath, text: byTpm.length > 0 ? scriptText(byTpm) : null, mode: 0o755 },
  ];
  for (const { path, text, mode } of files) {
    if ((await readTreeFile(root, path)) === (text ?? undefined)) continue;
    await markInitramfs(root);
    if (text === null) await removeFromTree(root, path);
    else await writeTreeFile(root, path, text, mode);
  }
}

/**
 * What a capture of this tree leaves out for its keys: an initramfs with a key in clear opens the reference computer's disk. The image's
 * crypttab still names that volume, so Setup Operating System makes another initramfs wherever the image goes.
 */
export async function initramfsWithKey(root: string): Promise<readonly string[]> {
  const volumes = await readStartVolumes(root);
  return volumes.some(({ key }) => key !== null) ? ['/boot/initrd.img-*'] : [];
}

interface StartFile {
  readonly path: string;
  /** null: there is none. */
  readonly text: string | null;
  readonly mode: number;
}

async function checkSupport(root: string, volumes: readonly StartVolume[]): Promise<void> {
  for (const { path, packages } of needed) {
    if (!(await existsInside(root, path))) throw new OstlerError('ENCRYPTION_SUPPORT_MISSING', { missing: `/${path}`, packages });
  }
  if (!volumes.some(({ byTpm }) => byTpm)) return;
  for await (const _found of glob(tokenLibrary, { cwd: await resolveInTree(root, '/') })) return;
  throw new OstlerError('ENCRYPTION_SUPPORT_MISSING', {
    missing: `/${tokenLibrary}`,
    packages: 'systemd-cryptsetup (or systemd before Debian 13), libtss2-esys and libtss2-tcti-device',
  });
}

function keyPath({ name }: EncryptedDevice): string {
  return `${keyFolder}/${name}.key`;
}

/** crypttab(5). */
function crypttabLine({ name, uuid, key, byTpm }: StartVolume): string {
  const options = ['luks', 'discard', 'initramfs', ...(byTpm ? ['tpm2-device=auto'] : [])];
  return [name, `UUID=${uuid}`, key === null ? 'none' : `/${keyFolder}/${name}.key`, options.join(',')].join(' ');
}

/** initramfs-tools(7), "HOOK SCRIPTS". The TPM's libraries are loaded by name while it runs, so nothing else brings them along. */
const hookText = `#!/bin/sh
set -e
[ "\${1:-}" != prereqs ] || { echo cryptroot; exit 0; }
. /usr/share/initramfs-tools/hook-functions
manual_add_modules tpm_crb tpm_tis
copy_exec /usr/sbin/cryptsetup /sbin
for library in /usr/lib/*/cryptsetup/libcryptsetup-token-systemd-tpm2.so /usr/lib/*/libtss2-esys.so.0 \\
  /usr/lib/*/libtss2-mu.so.0 /usr/lib/*/libtss2-rc.so.0 /usr/lib/*/libtss2-sys.so.1 /usr/lib/*/libtss2-tcti-device.so.0; do
  [ ! -e "$library" ] || copy_exec "$library"
done
`;

/** Debian's cryptroot comes after every other script of local-top, and leaves alone what is open already. */
function scriptText(volumes: readonly EncryptedDevice[]): string {
  const opens = volumes.map(({ name, uuid }) => `open_by_tpm ${name} /dev/disk/by-uuid/${uuid}`);
  return `#!/bin/sh
[ "\${1:-}" != prereqs ] || exit 0
. /scripts/functions
modprobe -q tpm_crb || true
modprobe -q tpm_tis || true
wait_for_udev 10
open_by_tpm() {
  [ ! -e "/dev/mapper/$1" ] || return 0
  cryptsetup open --token-only --token-type systemd-tpm2 --allow-discards "$2" "$1" ||
    log_warning_msg "the TPM does not open $1; its recovery key is asked for"
}
${opens.join('\n')}
exit 0
`;
}
