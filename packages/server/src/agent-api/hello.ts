/** A machine says hello in the boot environment: whether it may have a key, and what it is to run. Who it is: prove-machine.ts. */
import { TaskSequenceDefinition, type Hello, type HelloAnswer, type MenuEntry, type SiteSettings } from '@ostler/contract';
import { z } from 'zod';
import type { Logger } from 'pino';
import type { SettledMemberships } from '../collections/memberships.ts';
import { offeredDeployments, type Surroundings } from '../deployments/offered.ts';
import type { NamedDeployment } from '../deployments/store.ts';
import type { MachineIdentity } from '../devices/identity.ts';
import { updateDevice, type Queries, type StoredDevice } from '../devices/store.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { beginRun, findRunningRun } from '../runs/store.ts';
import { issueKey } from './agent-keys.ts';
import { canBeginUnattended, planDeployment, type PlanDependencies } from './plan.ts';
import { admitDevice, proveMachine, refusalOfUnknown, refused, type ProofDependencies, type ProvenMachine } from './prove-machine.ts';
import type { Refusal } from './trust.ts';

/** The one field of a stored definition that the menu shows: long sequences are not read whole for that. */
const Described = z.object({ description: TaskSequenceDefinition.shape.description });

export interface HelloDependencies extends PlanDependencies, ProofDependencies {
  readonly events: RunEvents;
  /** The one that the server runs on. */
  readonly ownMachine: MachineIdentity;
  readonly memberships: SettledMemberships;
}

export async function answerHello(
  hello: Hello,
  context: { readonly remoteAddress: string; readonly log: Logger },
  dependencies: HelloDependencies,
): Promise<HelloAnswer> {
  if (hello.environment !== 'boot-image')
    return refused('Only the boot image says hello; in the installed system the agent goes on with its key.');
  const proof = await proveMachine(hello, { ...context, refusalOf: refusalAtBoot }, dependencies);
  return proof.kind === 'refused' ? proof.answer : admit(proof, dependencies);
}

/** The machine is proven: it gets its run, or the menu, and a key. */
async function admit(proof: ProvenMachine, dependencies: HelloDependencies): Promise<HelloAnswer> {
  const { database, seal, events } = dependencies;
  const { nowMs, settings, log } = proof;
  const device = await database.sql.transaction().execute(async (transaction) => {
    const admitted = await admitDevice(transaction, proof);
    await updateDevice(transaction, admitted.id, { bootOnce: false });
    return admitted;
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

async function refusalAtBoot(sql: Queries, device: StoredDevice, settings: SiteSettings): Promise<Refusal | null> {
  const running = await findRunningRun(sql, device.id);
  if (running?.environment === 'installed-os') {
    return refused('The run of this computer goes on in its installed system. Cancel the run to deploy the computer anew.');
  }
  return running === null ? refusalOfUnknown(device, settings) : null;
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
  const { required, available } = await offeredDeployments(sql, device, surroundings, 'network-boot');
  const [first] = required;
  if (first === undefined) return { begins: null, menu: available };
  const plan = await planDeployment(sql, first, device, dependencies);
  return canBeginUnattended(plan) ? { begins: first, menu: [] } : { begins: null, menu: [first] };
}

function asMenuEntry({ id, task_sequence_name, collection_name, purpose, definition }: NamedDeployment): MenuEntry {
  const { description } = Described.parse(JSON.parse(definition));
  return { deploymentId: id, name: task_sequence_name, description: description || `Deployed to ${collection_name}`, purpose };
}
