/** Collects what decide-boot.ts needs to know about a machine that asks, and notes that it asked. */
import { OstlerError, type BootImage, type SiteSettings } from '@ostler/contract';
import type { BootEnvironment } from '@ostler/network-boot';
import { settingsAt } from '../boundaries/unknown-policy.ts';
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Database } from '../database/database.ts';
import { offeredDeployments } from '../deployments/offered.ts';
import { regardedIdentity, type MachineIdentity } from '../devices/identity.ts';
import { seeMachine } from '../devices/merge-device.ts';
import { findDeviceByIdentity, isAwaitedBySerial, updateDevice, type StoredDevice } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { findRunningRun } from '../runs/store.ts';
import type { BootFacts } from './decide-boot.ts';
import { stateOfNewMachine } from './unknown-computers.ts';

export interface BootImages {
  /** The one that machines get, or null before the first build. */
  inUse(): Promise<BootImage | null>;
  /** Every one that exists. */
  list(): Promise<readonly BootImage[]>;
}

export interface BootFactsDependencies {
  readonly database: Database;
  readonly settings: { get(): Promise<SiteSettings> };
  readonly bootImages: BootImages;
  /** False when too many new machines were noted lately: then this one is answered and not noted. */
  readonly mayNote: () => boolean;
  /** The one that the server runs on. */
  readonly ownMachine: MachineIdentity;
  readonly memberships: SettledMemberships;
  readonly now: () => number;
}

export interface AskedBoot {
  readonly facts: BootFacts;
  readonly device: StoredDevice | null;
}

/** @param address that the machine asks from */
export async function collectBootFacts(machine: MachineIdentity, address: string, dependencies: BootFactsDependencies): Promise<AskedBoot> {
  const { database, bootImages, now } = dependencies;
  const settings = await settingsAt(database.sql, address, await dependencies.settings.get());
  const device = await noteMachine(regardedIdentity(machine, settings), settings, dependencies);
  const bootImage = await bootImages.inUse();
  const environment = bootImage === null ? null : bootEnvironment(bootImage, settings.kernelOptions);
  const nothing = { run: null, requiredName: null, availableCount: 0, bootOnce: false, mayBeAwaited: false, next: null };
  if (device === null) return { device, facts: { deviceState: null, ...nothing, settings, environment } };
  const run = await findRunningRun(database.sql, device.id);
  await dependencies.memberships.settle(device.id);
  const surroundings = { nowMs: now(), settings, ownMachine: dependencies.ownMachine };
  const { required, available, next } = await offeredDeployments(database.sql, device, surroundings, 'network-boot');
  return {
    device,
    facts: {
      deviceState: device.state,
      run: run === null ? null : { taskSequenceName: run.task_sequence_name, environment: run.environment },
      requiredName: required[0]?.task_sequence_name ?? null,
      availableCount: available.length,
      bootOnce: device.bootOnce,
      // Once it has said who it is, its serial number is known.
      mayBeAwaited: device.state === 'unknown' && device.facts === null && (await isAwaitedBySerial(database.sql)),
      next: next === null ? null : { name: next.name, at: isoTime(next.atMs), waitsForWindow: next.waitsForWindow },
      settings,
      environment,
    },
  };
}

async function noteMachine(
  identity: MachineIdentity,
  settings: SiteSettings,
  { database: { sql }, mayNote, now }: BootFactsDependencies,
): Promise<StoredDevice | null> {
  const known = await findDeviceByIdentity(sql, identity);
  if (known !== null && known.state !== 'unknown') {
    await updateDevice(sql, known.id, { lastSeenAtMs: now() });
    return known;
  }
  if (known === null && !mayNote()) return null;
  const seen = { identity, stateIfNew: stateOfNewMachine(settings), nowMs: now() };
  return sql.transaction().execute((transaction) => seeMachine(transaction, seen));
}

/** @throws OstlerError BOOT_IMAGE_FILES_MISSING */
function bootEnvironment({ id, files }: BootImage, kernelOptions: string): BootEnvironment {
  const { kernel, initramfs } = files;
  if (kernel === undefined || initramfs === undefined)
    throw new OstlerError('BOOT_IMAGE_FILES_MISSING', { id, files: 'kernel, initramfs' });
  return { bootImageId: id, kernelSha256: kernel.sha256, initramfsSha256: initramfs.sha256, kernelOptions };
}
