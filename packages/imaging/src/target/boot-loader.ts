/**
 * The disk part of Setup Operating System: fstab, initramfs and GRUB of an applied Debian-like tree, by the tree's own programs.
 * It runs last, so that a half-applied disk never boots. Settings are os-settings.ts, the agent's way on is the agent's.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { addFirmwareEntry, orderWithNewEntry, readFirmwareEntries, removeFirmwareEntry, setFirmwareOrder } from '../tools/efibootmgr.ts';
import { readPartitionTable } from '../tools/sfdisk.ts';
import { insideTree, type RunInTree } from './chroot.ts';
import { renderFstab, type TargetMount } from './fstab.ts';
import { makeMarkedInitramfs } from './initramfs.ts';
import { existsInside, hasProgram, listKernels, requireLinuxTree, type LinuxTree } from './linux-tree.ts';
import { readTreeFile, writeTreeFile } from './tree-files.ts';
import { withUuidLinks } from './uuid-links.ts';

export type { TargetMount } from './fstab.ts';
export type Firmware = 'bios' | 'uefi';

export interface BootLoaderRequest {
  /** Where the tree is mounted, with its EFI system partition at /boot/efi below it. */
  readonly root: string;
  /** The disk that the machine boots from, such as /dev/sda. */
  readonly disk: string;
  readonly firmware: Firmware;
  /** All that fstab shall hold; `/` among them. */
  readonly mounts: readonly TargetMount[];
  /** Added to the kernel command line, such as `console=ttyS0`. */
  readonly kernelOptions: readonly string[];
  /** Writes the firmware's boot entry; false where this is not the machine itself. */
  readonly firmwareEntry: boolean;
}

export interface BootLoaderReport {
  readonly kernels: readonly string[];
  /** `i386-pc`, or `x86_64-efi`. */
  readonly target: string;
  /** The chain starts with the shim that Secure Boot firmware trusts. */
  readonly secureBoot: boolean;
}

const targets = {
  bios: { name: 'i386-pc', packages: 'grub-pc-bin and grub2-common' },
  uefi: { name: 'x86_64-efi', packages: 'grub-efi-amd64-bin, grub-efi-amd64-signed, shim-signed and grub2-common' },
} as const satisfies Record<Firmware, { name: string; packages: string }>;

/**
 * Makes the tree boot from the disk. Again on the same disk gives the same result.
 * @throws OstlerError TARGET_NOT_LINUX, KERNEL_MISSING, BOOT_LOADER_MISSING, BOOT_PARTITION_MISSING before anything is written; COMMAND_FAILED
 */
export async function installBootLoader(request: BootLoaderRequest, port: ImagingPort): Promise<BootLoaderReport> {
  const { root, firmware } = request;
  const tree = await requireLinuxTree(root);
  const kernels = await listKernels(root);
  if (kernels.length === 0) throw new OstlerError('KERNEL_MISSING', {});
  await checkPrograms(root, firmware);
  await checkPartitions(request, port.signal);
  const secureBoot = firmware === 'uefi' && (await hasSignedLoader(root));
  const report = (activity: string, done: number): void => port.report({ activity, done, total: 4, unit: 'items' });

  report('Writing fstab and the boot menu', 0);
  await writeTreeFile(root, 'etc/fstab', renderFstab(request.mounts, (await readTreeFile(root, 'etc/fstab')) ?? ''), 0o644);
  await writeTreeFile(root, 'etc/default/grub.d/90-ostler.cfg', await grubDefaults(request, tree), 0o644);
  await using _links = await withUuidLinks(request.mounts);
  await insideTree(root, port, async (runInTree) => {
    report('Writing the initramfs', 1);
    await makeMarkedInitramfs(root, port, runInTree);
    await runInTree('mkdir', ['-p', '/boot/grub']);
    await runInTree('grub-mkconfig', ['-o', '/boot/grub/grub.cfg']);
    report('Installing the boot loader', 2);
    await installGrub(request, { tree, secureBoot, runInTree });
  });
  report('Registering the boot loader', 3);
  if (firmware === 'uefi' && request.firmwareEntry) await registerLoader(request, { tree, secureBoot, signal: port.signal });
  const result = { kernels, target: targets[firmware].name, secureBoot };
  port.log?.('boot loader installed', { ...result, disk: request.disk });
  return result;
}

async function checkPrograms(root: string, firmware: Firmware): Promise<void> {
  const { name, packages } = targets[firmware];
  const folder = `usr/lib/grub/${name}`;
  for (const program of ['grub-install', 'grub-mkconfig']) {
    if (!(await hasProgram(root, program))) throw new OstlerError('BOOT_LOADER_MISSING', { firmware, missing: program, packages });
  }
  if (!(await existsInside(root, folder))) throw new OstlerError('BOOT_LOADER_MISSING', { firmware, missing: `/${folder}`, packages });
}

const biosBootType = '21686148-6449-6E6F-744E-656564454649';

async function checkPartitions({ disk, firmware, mounts }: BootLoaderRequest, signal: AbortSignal): Promise<void> {
  if (firmware === 'uefi') {
    if (mounts.some(({ mountPoint }) => mountPoint === '/boot/efi')) return;
    throw new OstlerError('BOOT_PARTITION_MISSING', { firmware, missing: 'an EFI system partition (type efi, fat32)' });
  }
  const table = await readPartitionTable(disk, signal);
  if (table.label === 'gpt' && !table.partitions.some(({ type }) => type.toUpperCase() === biosBootType)) {
    throw new OstlerError('BOOT_PARTITION_MISSING', { firmware, missing: 'a partition of type bios-boot, 1 MB' });
  }
}

const signedLoaderFiles = ['usr/lib/shim/shimx64.efi.signed', 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'];

async function hasSignedLoader(root: string): Promise<boolean> {
  const found = await Promise.all(signedLoaderFiles.map((path) => existsInside(root, path)));
  return found.every(Boolean);
}

/**
 * The initramfs may hold the swap partition of the machine where the image was made, and would wait for it; the command line
 * says which one is right.
 */
async function grubDefaults({ root, mounts, kernelOptions }: BootLoaderRequest, tree: LinuxTree): Promise<string> {
  const swap = mounts.find(({ fileSystem }) => fileSystem === 'swap');
  const options = [swap === undefined ? 'noresume' : `resume=UUID=${swap.uuid}`, ...kernelOptions];
  for (const option of options) {
    if (/["'`$\\\s]/.test(option)) throw settingInvalid('a kernel option', option, 'it has quotes, blanks or shell characters.');
  }
  const distributor = (await existsInside(root, 'etc/default/grub')) ? [] : [`GRUB_DISTRIBUTOR="${loaderId(tree)}"`];
  return [`GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX ${options.join(' ')}"`, 'GRUB_DISABLE_OS_PROBER=true', ...distributor, ''].join('\n');
}

function settingInvalid(setting: string, value: string, problem: string): OstlerError {
  return new OstlerError('SETTING_INVALID', { setting, value, problem });
}

/** The folder that the signed GRUB looks for its menu in is part of what is signed. */
function loaderId({ families }: LinuxTree): string {
  return families.includes('ubuntu') ? 'ubuntu' : 'debian';
}

interface Installation {
  readonly tree: LinuxTree;
  readonly secureBoot: boolean;
}

async function installGrub(
  { disk, firmware }: BootLoaderRequest,
  { tree, secureBoot, runInTree }: Installation & { runInTree: RunInTree },
): Promise<void> {
  const target = `--target=${targets[firmware].name}`;
  if (firmware === 'bios') {
    await runInTree('grub-install', [target, disk]);
    return;
  }
  const secure = secureBoot ? '--uefi-secure-boot' : '--no-uefi-secure-boot';
  const place = ['--efi-directory=/boot/efi', `--bootloader-id=${loaderId(tree)}`];
  // The removable path too: firmware that loses its entries, and the disk in another machine, start from there.
  await runInTree('grub-install', [target, ...place, secure, '--no-nvram', '--force-extra-removable']);
}

async function registerLoader(
  { disk, mounts }: BootLoaderRequest,
  { tree, secureBoot, signal }: Installation & { signal: AbortSignal },
): Promise<void> {
  const label = loaderId(tree);
  const before = await readFirmwareEntries(signal);
  for (const { id } of before.entries.filter((each) => each.label === label)) await removeFirmwareEntry(id, signal);
  const system = mounts.find(({ mountPoint }) => mountPoint === '/boot/efi');
  const partitionNumber = Number(await readFile(`/sys/class/block/${basename(system?.path ?? '')}/partition`, 'utf8'));
  const loader = `\\EFI\\${label}\\${secureBoot ? 'shimx64.efi' : 'grubx64.efi'}`;
  await addFirmwareEntry({ disk, partitionNumber, loader, label }, signal);
  const after = await readFirmwareEntries(signal);
  const added = after.entries.find((each) => each.label === label);
  if (added === undefined) throw new OstlerError('BOOT_LOADER_FAILED', { problem: `the firmware did not keep the entry ${label}` });
  await setFirmwareOrder(orderWithNewEntry(after, added.id), signal);
}
