/** Handlers of who would get a deployment: one that is not saved, and one that is. */
import type { CreateDeployment, SiteSettings } from '@ostler/contract';
import type { ContentSources } from '../agent-api/needed-content.ts';
import { getCollection } from '../collections/store.ts';
import type { Database } from '../database/database.ts';
import type { MachineIdentity } from '../devices/identity.ts';
import type { Queries } from '../devices/store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { definitionToRun } from '../runs/definition-to-run.ts';
import { outlookOf, type Outlooked } from './outlook.ts';
import { getDeployment, requireDeployable } from './store.ts';

export interface OutlookHandlerDependencies extends ContentSources {
  readonly database: Database;
  readonly settings: { get(): Promise<SiteSettings> };
  readonly ownMachine: MachineIdentity;
  readonly now: () => number;
}
type Calls = 'deployments.preview' | 'deployments.outlook';

export function outlookHandlers(dependencies: OutlookHandlerDependencies): Pick<HandlersOf<'deployments'>, Calls> {
  const { database, settings, now } = dependencies;
  const { sql } = database;
  const around = async () => ({ ...dependencies, nowMs: now(), settings: await settings.get() });
  return {
    'deployments.preview': async ({ body, query }) => {
      const availableTo = await requireDeployable(sql, body);
      return outlookOf(sql, await asIfSaved(sql, { ...body, availableTo }, now()), query, await around());
    },
    'deployments.outlook': async ({ params, query }) => {
      const { id, createdAt, ...deployment } = await getDeployment(sql, params.id);
      const { definition } = await runDefinition(sql, deployment);
      return outlookOf(
        sql,
        { ...deployment, id, isPaused: deployment.paused !== null, createdAtMs: Date.parse(createdAt), definition },
        query,
        await around(),
      );
    },
  };
}

async function asIfSaved(sql: Queries, body: CreateDeployment & Pick<Outlooked, 'availableTo'>, nowMs: number): Promise<Outlooked> {
  const { sequence, definition } = await runDefinition(sql, body);
  const { name } = await getCollection(sql, body.collectionId);
  return { ...body, id: null, isPaused: false, createdAtMs: nowMs, taskSequenceName: sequence.name, collectionName: name, definition };
}

function runDefinition(
  sql: Queries,
  { taskSequenceId, taskSequenceVersion }: Pick<CreateDeployment, 'taskSequenceId' | 'taskSequenceVersion'>,
) {
  return definitionToRun(sql, { task_sequence_id: taskSequenceId, task_sequence_version: taskSequenceVersion });
}
