/**
 * Prepare OS for Capture: takes from a Linux tree what belongs to one machine and what its work left behind.
 * What the capture leaves out anyway is wim.ts (linuxCaptureExclusions).
 */
import { glob, lstat, truncate } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ImagingPort } from '../port.ts';
import { resetMachineId, resetSshHostKeys } from './identity.ts';
import { requireLinuxTree } from './linux-tree.ts';
import { readTreeFile, removeFromTree, resolveInTree, writeTreeFile } from './tree-files.ts';

export interface GeneralizedItem {
  /** In words, such as `ssh host keys`. */
  readonly item: string;
  /** Paths inside the tree that were changed or removed. */
  readonly paths: readonly string[];
}

export interface GeneralizeRequest {
  /** `/` on a running system, or the mount point of a tree. */
  readonly root: string;
  /** Paths inside the tree that must stay, such as the running agent's own folder. */
  readonly keep: readonly string[];
}

/** With this name systemd takes the one that DHCP offers, if it does. */
const genericName = 'localhost\n';

type Generalizer = (request: GeneralizeRequest) => Promise<string[]>;

const items: Readonly<Record<string, Generalizer>> = {
  'machine id and random seed': ({ root }) => resetMachineId(root),
  'ssh host keys': ({ root }) => resetSshHostKeys(root),
  'computer name': resetComputerName,
  'network leases': removing(['var/lib/dhcp/*', 'var/lib/dhcpcd/*', 'var/lib/NetworkManager/*lease*', 'var/lib/systemd/network/*']),
  'network names by MAC address': removing([
    'etc/udev/rules.d/70-persistent-net.rules',
    'etc/udev/rules.d/75-persistent-net-generator.rules',
  ]),
  'settings of the network step': removing([
    'etc/systemd/network/*-ostler-*.network',
    'etc/NetworkManager/system-connections/ostler-*.nmconnection',
    'etc/netplan/90-ostler.yaml',
    'etc/network/interfaces.d/ostler',
  ]),
  'boot loader settings of this machine': removing(['etc/default/grub.d/90-ostler.cfg', 'boot/grub/grubenv']),
  'journal and rotated logs': removing(['var/log/journal/*', 'var/log/**/*.gz', 'var/log/**/*.[0-9]', 'var/log/**/*.old', 'var/crash/*']),
  logs: emptying(['var/log/**/*']),
  'package caches': removing([
    'var/cache/apt/archives/*.deb',
    'var/cache/apt/archives/partial/*',
    'var/cache/apt/*.bin',
    'var/lib/apt/lists/*',
  ]),
  'shell histories': removing([
    'root/.*_history',
    'home/*/.*_history',
    'root/.lesshst',
    'home/*/.lesshst',
    'root/.viminfo',
    'home/*/.viminfo',
  ]),
  'temporary files': removing(['tmp/*', 'tmp/.*', 'var/tmp/*', 'var/tmp/.*']),
  'cloud-init state': removing(['var/lib/cloud/instance', 'var/lib/cloud/instances/*', 'var/lib/cloud/data/*']),
  'timer and session state': removing(['var/lib/systemd/timers/*', 'var/lib/systemd/linger/*', 'var/lib/private/systemd/journal-upload/*']),
  'deployment agent': removing([
    'var/lib/ostler',
    'etc/systemd/system/ostler-agent.service',
    'etc/systemd/system/*.wants/ostler-agent.service',
  ]),
};

/**
 * Every item in turn; again on the same tree changes nothing more.
 * @returns what was changed, item by item; items that found nothing are left out
 * @throws OstlerError TARGET_NOT_LINUX
 */
export async function generalizeTree(request: GeneralizeRequest, port: ImagingPort): Promise<GeneralizedItem[]> {
  await requireLinuxTree(request.root);
  const done: GeneralizedItem[] = [];
  const all = Object.entries(items);
  for (const [position, [item, generalize]] of all.entries()) {
    port.signal.throwIfAborted();
    port.report({ activity: `Removing ${item}`, done: position, total: all.length, unit: 'items' });
    const paths = await generalize(request);
    if (paths.length === 0) continue;
    done.push({ item, paths });
    port.log?.('generalized', { item, paths: paths.length });
  }
  return done;
}

function removing(patterns: readonly string[]): Generalizer {
  return async (request) => {
    const paths = await findInTree(request, patterns);
    for (const path of paths) await removeFromTree(request.root, path);
    return paths;
  };
}

/** Log files keep their owners and modes: the programs that write them may not be allowed to make them. */
function emptying(patterns: readonly string[]): Generalizer {
  return async (request) => {
    const emptied: string[] = [];
    for (const path of await findInTree(request, patterns)) {
      const real = join(request.root, path);
      const info = await lstat(real);
      if (!info.isFile() || info.size === 0) continue;
      await truncate(real);
      emptied.push(path);
    }
    return emptied;
  };
}

/** Absolute inside the tree. Folders are looked up as the tree sees them, so a link never leads out of it. */
async function findInTree({ root, keep }: GeneralizeRequest, patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    const parts = pattern.split('/');
    const firstWild = parts.findIndex((part) => part.includes('*'));
    const fixed = parts.slice(0, firstWild === -1 ? -1 : firstWild).join('/');
    const folder = await resolveInTree(root, fixed);
    for await (const path of glob(pattern.slice(fixed.length + 1), { cwd: folder })) {
      // `.*` could match the folder itself and the one above it.
      if (/^\.{0,2}$/.test(path.split('/').at(-1) ?? '')) continue;
      const inside = `/${relative(root, join(folder, path))}`;
      if (!keep.some((each) => inside === each || inside.startsWith(`${each}/`) || each.startsWith(`${inside}/`))) found.push(inside);
    }
  }
  return [...new Set(found)];
}

async function resetComputerName({ root }: GeneralizeRequest): Promise<string[]> {
  const changed: string[] = [];
  if ((await readTreeFile(root, 'etc/hostname')) !== genericName) {
    await writeTreeFile(root, 'etc/hostname', genericName, 0o644);
    changed.push('/etc/hostname');
  }
  const hosts = await readTreeFile(root, 'etc/hosts');
  const others = hosts
    ?.split('\n')
    .filter((line) => !/^127\.0\.1\.1\s/.test(line))
    .join('\n');
  if (others !== undefined && others !== hosts) {
    await writeTreeFile(root, 'etc/hosts', others, 0o644);
    changed.push('/etc/hosts');
  }
  return changed;
}
