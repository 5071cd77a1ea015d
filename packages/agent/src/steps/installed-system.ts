/** The Linux system that settings and user state are captured from: the running one, or in the boot environment the one on the disks. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import { readFstab, readTreeFile, resolveInTree, type FstabEntry } from '@ostler/imaging';
import { currentPath, linuxFileSystems } from '../target.ts';
import { listExisting, namedBy, type ExistingPartition } from './existing-partition.ts';
import { imagingPort, type StepContext } from './step-context.ts';

/**
 * What is done with the system. `look`: its file systems are not even repaired. `read`: what was being written when it stopped is there as
 * well. `change`: files are put beside its own.
 */
type Access = 'look' | 'read' | 'change';

const mountOptions: Readonly<Record<Access, (fileSystem: string) => string>> = {
  look: (fileSystem) => (fileSystem === 'ext4' ? 'ro,noload' : 'ro'),
  read: () => 'ro',
  change: () => 'rw',
};

/**
 * Calls `work` with the root of the system whose settings are captured. In the boot environment it is mounted for that long, the first one
 * in the order of disks and partitions. @throws OstlerError CAPTURE_SOURCE_MISSING
 */
export async function withInstalledSystem<T>(context: StepContext, work: (root: string) => Promise<T>): Promise<T> {
  if (context.environment === 'installed-os') return work('/');
  const [first] = await findSystems(await prepared(context), context);
  if (first === undefined) throw noSystem();
  return mountedAt(first, 'look', context, work);
}

export interface UserStateSource {
  readonly folders: readonly string[];
  readonly access: Exclude<Access, 'look'>;
  /** Which one, where several systems are on the disks. */
  readonly partition: { readonly disk: number; readonly partition: number } | undefined;
}

/**
 * The same for what must not be that of another system: several of them are an error until one is named. The file systems that the folders
 * are on are mounted below it. @throws OstlerError CAPTURE_SOURCE_MISSING, CAPTURE_SOURCE_UNCLEAR
 */
export async function withUsersOfSystem<T>(source: UserStateSource, context: StepContext, work: (root: string) => Promise<T>): Promise<T> {
  if (context.environment === 'installed-os') return work('/');
  const existing = await prepared(context);
  const system = chooseSystem(await findSystems(existing, context), source);
  return mountedAt(system, source.access, context, async (root) => {
    const fstab = readFstab((await readTreeFile(root, 'etc/fstab')) ?? '');
    for (const entry of neededFor(source.folders, fstab)) {
      const found = namedBy(entry, existing);
      if (found === undefined) throw unclear(`${entry.mountPoint} of the system is on ${entry.source}, which is not found here`);
      await mount(found, await resolveInTree(root, entry.mountPoint), source.access, context);
    }
    return work(root);
  });
}

/** Nothing else is mounted of the target meanwhile: it may be the same partition. */
async function prepared(context: StepContext): Promise<ExistingPartition[]> {
  await context.target.unmountAll();
  const found: ExistingPartition[] = [];
  for (const each of await listExisting(context)) found.push(await opened(each, context));
  return found.filter(({ partition }) => linuxFileSystems.includes(partition.fileSystem));
}

/** What this run has encrypted it can open: the file system is inside. Other containers stay closed. @throws OstlerError VARIABLE_NOT_SET */
async function opened(existing: ExistingPartition, context: StepContext): Promise<ExistingPartition> {
  const { target, variables, imaging, signal } = context;
  const { partUuid } = existing.partition;
  const partition = target.partitions(variables).find((each) => each.encryption !== null && each.partUuid === partUuid);
  if (partition === undefined || partUuid === null) return existing;
  await target.open(partition, variables, imagingPort(context));
  return { partition, signatures: await imaging.probeDevice(await currentPath(partition), signal) };
}

async function findSystems(existing: readonly ExistingPartition[], context: StepContext): Promise<ExistingPartition[]> {
  const systems: ExistingPartition[] = [];
  for (const each of existing) {
    const tree = await mountedAt(each, 'look', context, (root) => context.imaging.describeLinuxTree(root));
    if (tree !== undefined) systems.push(each);
  }
  return systems;
}

function chooseSystem(systems: readonly ExistingPartition[], { partition: wanted }: UserStateSource): ExistingPartition {
  const fitting = systems.filter(
    ({ partition: { diskIndex, number } }) => wanted === undefined || (diskIndex === wanted.disk && number === wanted.partition),
  );
  const [system, another] = fitting;
  if (system === undefined && systems.length > 0) throw unclear(`the partition that is named has none; there is one on ${paths(systems)}`);
  if (system === undefined) throw noSystem();
  if (another !== undefined) throw unclear(`there is a Linux system on each of ${paths(fitting)}`);
  return system;
}

function paths(systems: readonly ExistingPartition[]): string {
  return systems
    .map(({ partition: { path, diskIndex, number } }) => `${path} (disk ${diskIndex ?? '?'}, partition ${number})`)
    .join(' and ');
}

/** Outer mount points first. What comes from the network is left out, as it is where the system runs. */
function neededFor(folders: readonly string[], fstab: readonly FstabEntry[]): FstabEntry[] {
  const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  const concerns = ({ mountPoint }: FstabEntry): boolean =>
    folders.some((folder) => isInside(folder, mountPoint) || isInside(mountPoint, folder));
  return fstab
    .filter((entry) => entry.mountPoint !== '/' && localTypes.includes(entry.type) && concerns(entry))
    .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length);
}

const localTypes: readonly string[] = [...linuxFileSystems, 'ext2', 'ext3', 'auto'];

async function mountedAt<T>(
  system: ExistingPartition,
  access: Access,
  context: StepContext,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const root = join(dirname(context.target.rootPath), 'captured');
  await mkdir(root, { recursive: true });
  try {
    await mount(system, root, access, context);
    return await work(root);
  } finally {
    await context.imaging.unmountBelow(root);
  }
}

async function mount({ partition }: ExistingPartition, place: string, access: Access, { imaging, signal }: StepContext): Promise<void> {
  await imaging.run('mount', ['-o', mountOptions[access](partition.fileSystem), await currentPath(partition), place], { signal });
}

function noSystem(): OstlerError {
  return new OstlerError('CAPTURE_SOURCE_MISSING', { problem: 'no disk of this computer has a Linux system that can be read here' });
}

function unclear(problem: string): OstlerError {
  return new OstlerError('CAPTURE_SOURCE_UNCLEAR', { problem });
}
