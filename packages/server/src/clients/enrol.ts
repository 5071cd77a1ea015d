/**
 * The client of an installed system enrols: by a token, or as the site trusts every machine. Without a token nobody takes the place of a client
 * that is there: whoever only knows a computer's ids gets neither its key nor its client out of the way.
 */
import { ComputerName, type EnrolAnswer, type EnrolClient, type EnrolledClient } from '@ostler/contract';
import type { Logger } from 'pino';
import { hashOf } from '../agent-api/agent-keys.ts';
import {
  admitDevice,
  nobody,
  proveMachine,
  refusalOfUnknown,
  refused,
  type ProofDependencies,
  type ProvenMachine,
} from '../agent-api/prove-machine.ts';
import type { Refusal } from '../agent-api/trust.ts';
import { nameForMachine, regardedIdentity } from '../devices/identity.ts';
import { seeMachine } from '../devices/merge-device.ts';
import { findDeviceByIdentity, updateDevice, type Queries, type StoredDevice } from '../devices/store.ts';
import { deleteToken, findToken, hasClient, issueClientKey } from './store.ts';

interface Context {
  readonly remoteAddress: string;
  readonly log: Logger;
}

export async function enrolClient(asked: EnrolClient, context: Context, dependencies: ProofDependencies): Promise<EnrolAnswer> {
  return asked.token === undefined ? byTrust(asked, context, dependencies) : byToken(asked, asked.token, context, dependencies);
}

async function byTrust(asked: EnrolClient, context: Context, dependencies: ProofDependencies): Promise<EnrolAnswer> {
  const { sql } = dependencies.database;
  const refusalOf = (_sql: Queries, device: StoredDevice, settings: ProvenMachine['settings']) =>
    Promise.resolve(refusalOfUnknown(device, settings));
  const proof = await proveMachine(asked, { ...context, refusalOf }, dependencies);
  if (proof.kind === 'refused') return proof.answer;
  const { device, settings, again } = proof;
  if (settings.trust !== 'password' && !again && (await hasClient(sql, device.id))) return takenPlace;
  return sql.transaction().execute((transaction) => admit(transaction, proof, 'trust'));
}

const takenPlace: Refusal = refused(
  'A client of this computer is enrolled already: use an enrolment token, or let an administrator revoke that client.',
);
const badToken: Refusal = refused('The enrolment token is not valid: it was used already, has expired, or is for another computer.');

/** The administrator who made the token vouches for the computer: one that is not known becomes one of the site's. */
async function byToken(
  asked: EnrolClient,
  token: string,
  { remoteAddress, log }: Context,
  dependencies: ProofDependencies,
): Promise<EnrolAnswer> {
  const settings = await dependencies.settings.get();
  const identity = regardedIdentity(asked.facts, settings);
  const nowMs = dependencies.now();
  const claimHash = hashOf(asked.claim);
  return dependencies.database.sql.transaction().execute(async (sql) => {
    const known = await findDeviceByIdentity(sql, identity);
    if (!(await spendToken(sql, token, { known, claimHash, nowMs }))) return badToken;
    if (known?.state === 'blocked') return refused('This computer is blocked.');
    const device = known ?? (await seeMachine(sql, { identity, stateIfNew: 'approved', nowMs }));
    if (device === null) return nobody;
    const name = await nameOf(sql, device, asked.computerName);
    await updateDevice(sql, device.id, { name, state: 'approved' });
    const deviceLog = log.child({ deviceId: device.id, deviceName: name, remoteAddress });
    const proven = { facts: asked.facts, identity, claimHash, nowMs, settings, log: deviceLog };
    return admit(sql, { ...proven, device: { ...device, name } }, 'token');
  });
}

interface Bearer {
  /** null: the site does not know the computer. */
  readonly known: StoredDevice | null;
  readonly claimHash: string;
  readonly nowMs: number;
}

/** @returns whether it lets this computer in; then it is used up, or was by the same enrolment, whose answer was lost on the way */
async function spendToken(sql: Queries, token: string, { known, claimHash, nowMs }: Bearer): Promise<boolean> {
  const found = await findToken(sql, token, nowMs);
  if (found === null) return known?.claimHash === claimHash && known.claimSeenAtMs === null && (await hasClient(sql, known.id));
  if (found.deviceId !== null && found.deviceId !== known?.id) return false;
  await deleteToken(sql, found.id);
  return true;
}

/** A computer that was only ever seen gets its own name, where no other has it. */
async function nameOf(sql: Queries, device: StoredDevice, computerName: string): Promise<string> {
  if (device.name !== nameForMachine(device) || !ComputerName.safeParse(computerName).success) return device.name;
  const other = await sql
    .selectFrom('devices')
    .select('id')
    .where((has) => has(has.fn<string>('lower', ['name']), '=', computerName.toLowerCase()))
    .executeTakeFirst();
  return other === undefined ? computerName : device.name;
}

async function admit(
  sql: Queries,
  proven: Omit<ProvenMachine, 'kind' | 'again'>,
  enrolledBy: EnrolledClient['enrolledBy'],
): Promise<EnrolAnswer> {
  const { nowMs, settings, log } = proven;
  const device = await admitDevice(sql, proven);
  if (device.state !== 'approved') await updateDevice(sql, device.id, { state: 'approved' });
  const key = await issueClientKey(sql, device.id, enrolledBy, nowMs);
  log.info({ enrolledBy }, 'client enrolled');
  return { state: 'enrolled', deviceId: device.id, deviceName: device.name, siteName: settings.name, key };
}
