/** A machine says hello: who it is, whether it may have a key, and what it is to run. */
import { TaskSequenceDefinition, type Hello, type HelloAnswer, type MenuEntry, type SiteSettings } from '@ostler/contract';
import { z } from 'zod';
import type { Logger } from 'pino';
import type { AttemptLimit } from '../accounts/attempt-limit.ts';
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Database } from '../database/database.ts';
import { stateOfNewMachine } from '../boot/unknown-computers.ts';
import { offeredDeployments, type Surroundings } from '../deployments/offered.ts';
import type { NamedDeployment } from '../deployments/store.ts';
import { regardedIdentity, type MachineIdentity } from '../devices/identity.ts';
import { mergeFacts, seeMachine } from '../devices/merge-device.ts';
import { nameByRule } from '../devices/naming/name-by-rule.ts';
import { updateDevice, type StoredDevice } from '../devices/store.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { beginRun, findRunningRun, type RunRow } from '../runs/store.ts';
import { hashOf, issueKey } from './agent-keys.ts';
import { canBeginUnattended, planDeployment, type PlanDependencies } from './plan.ts';
import { checkPassword, judgeClaim, waitingAnswer, type ClaimVerdict } from './trust.ts';

/** The one field of a stored definition that the menu shows: long sequences are not read whole for that. */
const Described = z.object({ description: TaskSequenceDefinition.shape.description });

export interface HelloDependencies extends PlanDependencies {
  readonly database: Database;
  readonly settings: { get(): Promise<SiteSettings>; verifyTargetPassword(password: string): Promise<boolean> };
  readonly attempts: AttemptLimit;
  readonly events: RunEvents;
  /** The one that the server runs on. */
  readonly ownMachine: MachineIdentity;
  readonly memberships: SettledMemberships;
  readonly now: () => number;
}

export async function answerHello(
  hello: Hello,
  { remoteAddress, log }: { readonly remoteAddress: string; readonly log: Logger },
  dependencies: HelloDependencies,
): Promise<HelloAnswer> {
  const { sql } = dependencies.database;
  if (hello.environment !== 'boot-image')
    return refused('Only the boot image says hello; in the installed system the agent goes on with its key.');
  const settings = await dependencies.settings.get();
  const identity = regardedIdentity(hello.facts, settings);
  const nowMs = dependencies.now();
  const claimHash = hashOf(hello.claim);
  const device = await sql
    .transaction()
    .execute((transaction) => seeMachine(transaction, { identity, stateIfNew: stateOfNewMachine(settings), nowMs }));
  if (device === null) return refused('This computer has no MAC address or SMBIOS UUID of its own.');
  const deviceLog = log.child({ deviceId: device.id, deviceName: device.name, remoteAddress });
  const running = await findRunningRun(sql, device.id);
  const refusal = refusalOf(device, running, settings);
  if (refusal !== null) {
    deviceLog.warn({ reason: refusal.reason }, 'machine refused');
    return refusal;
  }
  const claim = judgeClaim({ device, claimHash, nowMs });
  if (claim.kind === 'waits-behind' || claim.kind === 'waits') {
    const name = await recordWaiting(sql, device, claim, { hello, claimHash, nowMs, settings }, deviceLog);
    return waitingAnswer({ ...device, name });
  }
  const asked = { deviceId: device.id, remoteAddress, password: hello.password };
  const password = await checkPassword(settings.trust, claim, asked, dependencies);
  if (password !== null) {
    if (hello.password !== undefined) deviceLog.warn('a wrong password was typed on a target');
    return password;
  }
  return admit({ hello, identity, claimHash, nowMs, device, settings }, deviceLog, dependencies);
}

interface Admission {
  readonly hello: Hello;
  readonly identity: ReturnType<typeof regardedIdentity>;
  readonly claimHash: string;
  readonly nowMs: number;
  readonly device: StoredDevice;
  readonly settings: SiteSettings;
}

/** The machine is proven: it gets its run, or the menu, and a key. */
async function admit(admission: Admission, log: Logger, dependencies: HelloDependencies): Promise<HelloAnswer> {
  const { database, seal, events } = dependencies;
  const { hello, identity, claimHash, nowMs, settings } = admission;
  const device = await database.sql.transaction().execute(async (transaction) => {
    const merged = await mergeFacts(transaction, admission.device.id, { facts: hello.facts, identity, nowMs }, log);
    await updateDevice(transaction, merged.id, { claim: { hash: claimHash, seenAtMs: null }, bootOnce: false });
    const name = await nameByRule(transaction, merged, { facts: hello.facts, rule: settings.namingRule }, log);
    return { ...merged, name };
  });
  const { begins, menu: offered } = await nextFor(device, { nowMs, settings, ownMachine: dependencies.ownMachine }, dependencies);
  const { run, began, key } = await database.sql.transaction().execute(async (transaction) => {
    const before = await findRunningRun(transaction, device.id);
    const next = before ?? (begins === null ? null : await beginRun(transaction, begins, device, { seal, nowMs }));
    const token = await issueKey(transaction, device.id, next?.id ?? null, nowMs);
    return { run: next, began: before === null && next !== null, key: token };
  });
  const menu = run === null ? offered : [];
  const waitsFor = menu.find(({ purpose }) => purpose === 'required')?.task_sequence_name;
  if (run === null) log.info({ offered: menu.length, ...(waitsFor === undefined ? {} : { waitsFor }) }, 'machine admitted');
  else log.info({ runId: run.id, taskSequenceName: run.task_sequence_name, goesOn: !began }, 'machine admitted to a run');
  if (run !== null) events.publish(run.deployment_id, { kind: 'changed' });
  return {
    state: 'ready',
    deviceId: device.id,
    deviceName: device.name,
    key,
    runId: run?.id ?? null,
    menu: menu.map(asMenuEntry),
    siteName: settings.name,
  };
}

/**
 * The machine's facts are kept for the administrator who decides; its ids stay what they were until it is proven.
 * @returns the device's name from now on
 */
async function recordWaiting(
  sql: Database['sql'],
  device: StoredDevice,
  claim: Extract<ClaimVerdict, { kind: 'waits' | 'waits-behind' }>,
  { hello: { facts }, claimHash, nowMs, settings }: Omit<Admission, 'device' | 'identity'>,
  log: Logger,
): Promise<string> {
  if (claim.kind === 'waits-behind') {
    log.warn('a second machine with the same ids waits for approval');
    return device.name;
  }
  if (device.claimHash !== claimHash) log.info({ approvalLost: claim.approvalLost }, 'machine waits for approval');
  return sql.transaction().execute(async (transaction) => {
    await updateDevice(transaction, device.id, { state: 'pending', facts, claim: { hash: claimHash, seenAtMs: nowMs } });
    return nameByRule(transaction, device, { facts, rule: settings.namingRule }, log);
  });
}

function refusalOf(
  device: StoredDevice,
  running: RunRow | null,
  settings: SiteSettings,
): Extract<HelloAnswer, { state: 'refused' }> | null {
  if (device.state === 'blocked') return refused('This computer is blocked.');
  if (running?.environment === 'installed-os') {
    return refused('The run of this computer goes on in its installed system. Cancel the run to deploy the computer anew.');
  }
  if (device.state === 'unknown' && running === null && settings.unknownComputers === 'ignore') {
    return refused('This computer is not known to the site.');
  }
  return null;
}

interface Next {
  /** The required deployment that begins without a person. */
  readonly begins: NamedDeployment | null;
  /** What needs a person, where nothing begins. */
  readonly menu: readonly NamedDeployment[];
}

/** A required deployment that cannot begin by itself comes before what a person may choose. */
async function nextFor(device: StoredDevice, surroundings: Surroundings, dependencies: HelloDependencies): Promise<Next> {
  const { sql } = dependencies.database;
  await dependencies.memberships.settle(device.id);
  const { required, available } = await offeredDeployments(sql, device, surroundings);
  const [first] = required;
  if (first === undefined) return { begins: null, menu: available };
  const plan = await planDeployment(sql, first, device, dependencies);
  return canBeginUnattended(plan) ? { begins: first, menu: [] } : { begins: null, menu: [first] };
}

function asMenuEntry({ id, task_sequence_name, collection_name, purpose, definition }: NamedDeployment): MenuEntry {
  const { description } = Described.parse(JSON.parse(definition));
  return { deploymentId: id, name: task_sequence_name, description: description || `Deployed to ${collection_name}`, purpose };
}

function refused(reason: string) {
  return { state: 'refused', reason } as const;
}
