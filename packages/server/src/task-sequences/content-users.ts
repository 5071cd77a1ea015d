/** What uses an image, a package or an application: task sequences, what deploys them, and runs that go on. */
import { TaskSequenceDefinition, type ContentUser } from '@ostler/contract';
import { childIdsOf, programsOf, referencesOf } from '@ostler/task-sequence';
import type { Queries } from '../devices/store.ts';
import { newestVersions } from './store.ts';

type Refers = (definition: TaskSequenceDefinition) => boolean;

/** By what steps name. What only a variable names, a run alone knows. */
export function contentUsers(sql: Queries, kind: 'image' | 'package' | 'application', id: string): Promise<ContentUser[]> {
  return usersWhere(sql, (definition) => {
    const { imageIds, packageIds, applicationIds } = referencesOf(definition);
    return { image: imageIds, package: packageIds, application: applicationIds }[kind].includes(id);
  });
}

/** The same of what runs a program of a package. */
export function programUsers(sql: Queries, packageId: string, program: string): Promise<ContentUser[]> {
  return usersWhere(sql, (definition) => programsOf(definition, packageId).includes(program));
}

async function usersWhere(sql: Queries, refers: Refers): Promise<ContentUser[]> {
  const rows = await newestVersions(sql).select(['id', 'name', 'task_sequences.version', 'definition']).orderBy('name').execute();
  const sequences = rows.map(({ definition, ...row }) => ({ ...row, definition: parsed(definition) }));
  const users = sequences.filter(({ definition }) => refers(definition));
  return [
    ...users.map(({ id, name, version }) => ({ kind: 'task sequence' as const, id, name, version })),
    ...(await deploymentsWhere(sql, throughChildren(sequences, refers))),
    ...(await runsWhere(sql, refers)),
  ];
}

/** Whether a definition refers itself or by a sequence that it runs, at any depth: in the newest versions, which a run would get. */
function throughChildren(
  sequences: readonly { readonly id: string; readonly definition: TaskSequenceDefinition }[],
  refers: Refers,
): Refers {
  const referring = new Set<string>();
  const does: Refers = (definition) => refers(definition) || childIdsOf(definition).some((id) => referring.has(id));
  for (let before = -1; before < referring.size;) {
    before = referring.size;
    for (const { id, definition } of sequences) if (does(definition)) referring.add(id);
  }
  return does;
}

async function deploymentsWhere(sql: Queries, refers: Refers): Promise<ContentUser[]> {
  const rows = await sql
    .selectFrom('deployments')
    .innerJoin('collections', 'collections.id', 'deployments.collection_id')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .innerJoin('task_sequence_versions', (join) =>
      join
        .onRef('task_sequence_versions.task_sequence_id', '=', 'task_sequences.id')
        .on((on) =>
          on('task_sequence_versions.version', '=', on.fn.coalesce('deployments.task_sequence_version', 'task_sequences.version')),
        ),
    )
    .select(['deployments.id', 'task_sequences.name as sequence', 'collections.name as collection', 'task_sequence_version', 'definition'])
    .orderBy('task_sequences.name')
    .orderBy('collections.name')
    .execute();
  const users = rows.filter(({ definition }) => refers(parsed(definition)));
  return users.map(({ id, sequence, collection, task_sequence_version: version }) => {
    return { kind: 'deployment', id, name: `${sequence} → ${collection}`, version };
  });
}

async function runsWhere(sql: Queries, refers: Refers): Promise<ContentUser[]> {
  const rows = await sql
    .selectFrom('runs')
    .select(['id', 'device_name', 'task_sequence_version', 'definition'])
    .where('state', '=', 'running')
    .orderBy('number')
    .execute();
  const users = rows.filter(({ definition }) => refers(parsed(definition)));
  return users.map(({ id, device_name: name, task_sequence_version: version }) => ({ kind: 'run', id, name, version }));
}

function parsed(definition: string): TaskSequenceDefinition {
  return TaskSequenceDefinition.parse(JSON.parse(definition));
}
