/** Handlers of what clients call, and of clients as administrators see them. */
import { OstlerError, TaskSequenceDefinition, type ClientDeployment, type ClientOffer } from '@ostler/contract';
import { z } from 'zod';
import type { ProofDependencies } from '../agent-api/prove-machine.ts';
import { keepAnswers, planDeployment, requireAnswered } from '../agent-api/plan.ts';
import { requireOwnRun } from '../agent-api/handlers.ts';
import { StartFields } from '../deployments/obstacle.ts';
import { offeredDeployments } from '../deployments/offered.ts';
import type { NamedDeployment } from '../deployments/store.ts';
import { getDevice, type Queries, type StoredDevice } from '../devices/store.ts';
import type { Handlers, HandlersOf } from '../http/handlers.ts';
import { preDownloadHandlers } from '../pre-download/handlers.ts';
import { windowWaitOf } from '../runs/shown-run.ts';
import { beginRun, findRunningRun } from '../runs/store.ts';
import { enrolClient } from './enrol.ts';
import { createPolicy, type PolicyDependencies } from './policy.ts';
import { requireClient } from './require-client.ts';
import { createToken, deleteToken, endClientKey, issueClientKey, listClients, listTokens } from './store.ts';

export type ClientDependencies = PolicyDependencies & ProofDependencies;
export type ClientHandlers = HandlersOf<'client' | 'clients' | 'enrolmentTokens'> &
  Pick<Handlers, 'agent.setUpClient' | 'preDownload.report'>;

export function clientHandlers(dependencies: ClientDependencies): ClientHandlers {
  const { database, now } = dependencies;
  const { sql } = database;
  const answerPoll = createPolicy(dependencies);
  return {
    ...administratorHandlers(dependencies),
    ...beginHandlers(dependencies),
    ...preDownloadHandlers(dependencies),
    'client.enrol': ({ body }, { remoteAddress, log }) => enrolClient(body, { remoteAddress, log }, dependencies),
    'client.poll': (_request, { caller, log }) => answerPoll(requireClient(caller), log),
    'client.leave': async (_request, { caller, log }) => {
      const { deviceId } = requireClient(caller);
      await endClientKey(sql, deviceId);
      log.info({ deviceId }, 'client removed on its computer');
      return { ok: true };
    },
    'agent.setUpClient': async ({ params: { id }, body: { keep } }, { caller, log }) => {
      const { deviceId } = requireOwnRun(caller, id);
      const ended = await endClientKey(sql, deviceId);
      const key = keep ? await issueClientKey(sql, deviceId, 'deployment', now()) : null;
      if (keep || ended) log.info({ runId: id, deviceId, keep, ended }, 'client of a new system set up');
      return { key };
    },
  };
}

/** What a person at the computer may begin there. */
function beginHandlers(dependencies: ClientDependencies): Pick<ClientHandlers, 'client.offer' | 'client.begin'> {
  const { database, settings, seal, events, now } = dependencies;
  const { sql } = database;
  return {
    'client.offer': async (_request, { caller }): Promise<ClientOffer> => {
      const device = await getDevice(sql, requireClient(caller).deviceId);
      const running = await findRunningRun(sql, device.id);
      const items = await Promise.all((await offered(device, dependencies)).map((deployment) => asOffered(sql, deployment, device)));
      const { name: siteName } = await settings.get();
      const waitsForWindow = running === null ? null : windowWaitOf(running);
      return { siteName, deviceName: device.name, running: running?.task_sequence_name ?? null, waitsForWindow, items };
    },
    'client.begin': async ({ body: { deploymentId, answers } }, { caller, log }) => {
      const device = await getDevice(sql, requireClient(caller).deviceId);
      const chosen = (await offered(device, dependencies)).find(({ id }) => id === deploymentId);
      if (chosen === undefined) throw new OstlerError('DEPLOYMENT_NOT_OFFERED', { id: deploymentId });
      const plan = await planDeployment(sql, chosen, device, dependencies);
      requireAnswered(plan, answers);
      const run = await sql.transaction().execute(async (transaction) => {
        const begun = await beginRun(transaction, chosen, device, { seal, nowMs: now(), environment: 'installed-os' });
        await keepAnswers(transaction, begun.id, { questions: plan.questions, answers }, seal);
        return begun;
      });
      const { device_name: deviceName, task_sequence_name: taskSequenceName } = run;
      log.info({ runId: run.id, deviceName, taskSequenceName }, 'deployment begun at the client');
      events.publish(run.deployment_id, { kind: 'changed' });
      return { runId: run.id };
    },
  };
}

function administratorHandlers({ database: { sql }, now }: ClientDependencies): HandlersOf<'clients' | 'enrolmentTokens'> {
  return {
    'clients.list': async () => ({ items: await listClients(sql) }),
    'clients.revoke': async ({ params: { id } }, { log }) => {
      const { name } = await getDevice(sql, id);
      if (!(await endClientKey(sql, id))) throw new OstlerError('NOT_FOUND', { kind: 'client of the device', id: name });
      log.info({ deviceId: id, deviceName: name }, 'client revoked');
      return { ok: true };
    },
    'enrolmentTokens.list': async () => ({ items: await listTokens(sql, now()) }),
    'enrolmentTokens.create': async ({ body }, { caller, log }) => {
      const createdBy = caller.kind === 'person' ? caller.name : '';
      const created = await createToken(sql, body, createdBy, now());
      const { id, deviceName, expiresAt } = created;
      log.info({ enrolmentTokenId: id, deviceName, expiresAt, createdBy }, 'enrolment token made');
      return created;
    },
    'enrolmentTokens.delete': async ({ params: { id } }) => {
      await deleteToken(sql, id);
      return { ok: true };
    },
  };
}

/** Required ones that are due come first. */
async function offered(device: StoredDevice, dependencies: ClientDependencies): Promise<NamedDeployment[]> {
  const { database, memberships, settings, ownMachine, now } = dependencies;
  await memberships.settle(device.id);
  const surroundings = { nowMs: now(), settings: await settings.get(), ownMachine };
  const { required, available } = await offeredDeployments(database.sql, device, surroundings, 'client');
  return [...required, ...available];
}

/** The fields of a stored definition that are shown. */
const Described = z.object({ ...StartFields.shape, description: TaskSequenceDefinition.shape.description });

async function asOffered(sql: Queries, deployment: NamedDeployment, device: StoredDevice): Promise<ClientDeployment> {
  const { description, startsIn } = Described.parse(JSON.parse(deployment.definition));
  const last = await sql
    .selectFrom('runs')
    .select('state')
    .where('deployment_id', '=', deployment.id)
    .where('device_id', '=', device.id)
    .orderBy('number', 'desc')
    .executeTakeFirst();
  const { id: deploymentId, task_sequence_name: name, purpose } = deployment;
  return { deploymentId, name, description, purpose, startsIn, lastRun: last?.state ?? null };
}
