/** Who a machine is that names itself, and whether the site's way of trust is satisfied: in the boot environment, and for the client of an installed system. */
import type { DeviceFacts, SiteSettings } from '@ostler/contract';
import type { Logger } from 'pino';
import type { AttemptLimit } from '../accounts/attempt-limit.ts';
import { settingsAt } from '../boundaries/unknown-policy.ts';
import { stateOfNewMachine } from '../boot/unknown-computers.ts';
import type { Database } from '../database/database.ts';
import { regardedIdentity, type MachineIdentity } from '../devices/identity.ts';
import { mergeFacts, newFacts, seeMachine } from '../devices/merge-device.ts';
import { nameByRule } from '../devices/naming/name-by-rule.ts';
import { noteDevice } from '../devices/note-device.ts';
import { updateDevice, type Queries, type StoredDevice } from '../devices/store.ts';
import { hashOf } from './agent-keys.ts';
import { checkPassword, judgeClaim, waitingAnswer, type ClaimVerdict, type Refusal } from './trust.ts';

export interface ProofDependencies {
  readonly database: Database;
  readonly settings: { get(): Promise<SiteSettings>; verifyTargetPassword(password: string): Promise<boolean> };
  readonly attempts: AttemptLimit;
  readonly now: () => number;
}

/** What a machine says of itself. */
export interface Introduction {
  readonly facts: DeviceFacts;
  readonly claim: string;
  readonly password?: string | undefined;
}

export interface ProofContext {
  readonly remoteAddress: string;
  readonly log: Logger;
  /** What stands in the way of this device, whatever it proves. */
  readonly refusalOf: (sql: Queries, device: StoredDevice, settings: SiteSettings) => Promise<Refusal | null>;
}

export interface ProvenMachine {
  readonly kind: 'proven';
  readonly device: StoredDevice;
  readonly facts: DeviceFacts;
  readonly identity: MachineIdentity;
  readonly claimHash: string;
  /** It had proven itself with the same claim before. */
  readonly again: boolean;
  readonly nowMs: number;
  readonly settings: SiteSettings;
  readonly log: Logger;
}

export async function proveMachine(
  { facts, claim: claimText, password }: Introduction,
  { remoteAddress, log, refusalOf }: ProofContext,
  dependencies: ProofDependencies,
): Promise<ProvenMachine | { readonly kind: 'refused'; readonly answer: Refusal }> {
  const { sql } = dependencies.database;
  const settings = await settingsAt(sql, remoteAddress, await dependencies.settings.get());
  const identity = regardedIdentity(facts, settings);
  const nowMs = dependencies.now();
  const claimHash = hashOf(claimText);
  const device = await sql
    .transaction()
    .execute((transaction) => seeMachine(transaction, { identity, stateIfNew: stateOfNewMachine(settings), nowMs }));
  const refusedWith = (answer: Refusal) => ({ kind: 'refused', answer }) as const;
  if (device === null) return refusedWith(nobody);
  const deviceLog = log.child({ deviceId: device.id, deviceName: device.name, remoteAddress });
  const refusal = device.state === 'blocked' ? refused('This computer is blocked.') : await refusalOf(sql, device, settings);
  if (refusal !== null) {
    deviceLog.warn({ refusal }, 'machine refused');
    // It is not led into the boot environment again to say what it has said.
    if (device.state === 'unknown') await updateDevice(sql, device.id, newFacts(device, facts));
    return refusedWith(refusal);
  }
  const claim = judgeClaim({ device, claimHash, nowMs });
  if (claim.kind === 'waits-behind' || claim.kind === 'waits') {
    const name = await recordWaiting(sql, device, claim, { facts, claimHash, nowMs, settings }, deviceLog);
    return refusedWith(waitingAnswer({ ...device, name }));
  }
  const problem = await checkPassword(settings.trust, claim, { deviceId: device.id, remoteAddress, password }, dependencies);
  if (problem !== null) {
    if (password !== undefined) deviceLog.warn('a wrong password was typed on a target');
    return refusedWith(problem);
  }
  return { kind: 'proven', device, facts, identity, claimHash, again: claim.kind === 'proven', nowMs, settings, log: deviceLog };
}

/** What the machine says of itself is taken over, and its claim is the one that was admitted. Call it inside a transaction. */
export async function admitDevice(
  sql: Queries,
  { device, facts, identity, claimHash, nowMs, settings, log }: Omit<ProvenMachine, 'kind' | 'again'>,
): Promise<StoredDevice> {
  const merged = await mergeFacts(sql, device.id, { facts, identity, nowMs }, log);
  await updateDevice(sql, merged.id, { claim: { hash: claimHash, seenAtMs: null } });
  const name = await nameByRule(sql, merged, { facts, rule: settings.namingRule }, log);
  return { ...merged, name };
}

export function refusalOfUnknown(device: StoredDevice, { unknownComputers }: SiteSettings): Refusal | null {
  return device.state === 'unknown' && unknownComputers === 'ignore' ? refused('This computer is not known to the site.') : null;
}

export function refused(reason: string) {
  return { state: 'refused', reason } as const;
}

export const nobody: Refusal = refused(
  'This computer has no MAC address or SMBIOS UUID of its own, and its serial number is none that the site knows.',
);

interface Waiting {
  readonly facts: DeviceFacts;
  readonly claimHash: string;
  readonly nowMs: number;
  readonly settings: SiteSettings;
}

/**
 * The machine's facts are kept for the administrator who decides; its ids stay what they were until it is proven.
 * @returns the device's name from now on
 */
async function recordWaiting(
  sql: Database['sql'],
  device: StoredDevice,
  claim: Extract<ClaimVerdict, { kind: 'waits' | 'waits-behind' }>,
  { facts, claimHash, nowMs, settings }: Waiting,
  log: Logger,
): Promise<string> {
  if (claim.kind === 'waits-behind') {
    log.warn('a second machine with the same ids waits for approval');
    return device.name;
  }
  if (device.claimHash !== claimHash) log.info({ approvalLost: claim.approvalLost }, 'machine waits for approval');
  return sql.transaction().execute(async (transaction) => {
    const news = {
      ...(device.state === 'pending' ? {} : { state: 'pending' as const }),
      ...newFacts(device, facts),
    };
    await updateDevice(transaction, device.id, { claim: { hash: claimHash, seenAtMs: nowMs }, ...news });
    const name = await nameByRule(transaction, device, { facts, rule: settings.namingRule }, log);
    if (device.state !== 'pending') await noteDevice(transaction, 'device.waiting', { id: device.id, name }, nowMs);
    return name;
  });
}
