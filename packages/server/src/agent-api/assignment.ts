/** What the agent gets to run: definition, merged variables, what the steps refer to, and where it was. */
import {
  OstlerError,
  type Application,
  type ContentRef,
  type OperatingSystemImage,
  type Package,
  type RunAssignment,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { applicationClosure, referencesOf, type References } from '@ostler/task-sequence';
import { collectionsOf } from '../collections/store.ts';
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { findDevice, type Queries } from '../devices/store.ts';
import { readVariables, type StoredVariable, type VariableOwner } from '../devices/variables-store.ts';
import { lastMessageSequence } from '../runs/messages-store.ts';
import type { RunLog } from '../runs/run-log.ts';
import { definitionOf, journalOf, type RunRow } from '../runs/store.ts';
import { expectedTimes } from '../runs/step-times.ts';
import type { ContentCatalogue } from '../task-sequences/site-lookups.ts';

export interface AssignmentDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly catalogue: ContentCatalogue;
  readonly runLog: RunLog;
  readonly settings: { get(): Promise<{ readonly name: string }> };
  /** The agent's bundle as this server offers it. */
  readonly agentBundle: () => Promise<{ readonly ref: ContentRef }>;
  /** Where machines reach the API: `https://…:8443`. */
  readonly serverUrl: () => string;
}

/** Images and packages that were deleted meanwhile are left out: the step that needs one says so. */
export async function runAssignment(row: RunRow, dependencies: AssignmentDependencies): Promise<RunAssignment> {
  const { database, seal, runLog, settings, agentBundle, serverUrl } = dependencies;
  const { images, packages, applications } = await runReferences(row, dependencies.catalogue);
  return {
    runId: row.id,
    taskSequenceId: row.task_sequence_id,
    deploymentId: row.deployment_id,
    deviceName: row.device_name,
    siteName: (await settings.get()).name,
    definition: definitionOf(row),
    variables: await Promise.all(
      (await runVariables(database.sql, row, seal)).map(async ({ name, secret, asked, open }) => ({
        name,
        value: secret && !asked ? null : await open(),
        secret,
      })),
    ),
    images,
    packages,
    applications,
    journal: journalOf(row),
    nextMessageSequence: (await lastMessageSequence(database.sql, row.id)) + 1,
    logReceivedBytes: await runLog.sizeOf(row.id),
    expectedTimes: await expectedTimes(database.sql, row),
    sealingKey: await seal.open(database.sql, row.sealing_key, `run/${row.id}`),
    agent: (await agentBundle()).ref,
    boot: { serverUrl: serverUrl() },
  };
}

/** With the versions of packages that the run began with. */
export async function runReferences(row: Pick<RunRow, 'definition' | 'content_revision'>, catalogue: ContentCatalogue) {
  const references = referencesOf(definitionOf(row));
  const images: (OperatingSystemImage | null)[] = await Promise.all(references.imageIds.map((id) => catalogue.findImage(id)));
  const applications = await neededApplications(references, catalogue);
  const packageIds = new Set([...references.packageIds, ...applications.map(({ packageId }) => packageId)]);
  const packages: (Package | null)[] = references.allPackages
    ? await catalogue.listPackages(row.content_revision)
    : await Promise.all([...packageIds].map((id) => catalogue.findPackage(id, row.content_revision)));
  return { images: images.filter((image) => image !== null), packages: packages.filter((each) => each !== null), applications };
}

/** Those that steps name or, where variables name them, all that lists may hold; with what belongs to each. */
async function neededApplications({ applicationIds, allApplications }: References, catalogue: ContentCatalogue): Promise<Application[]> {
  if (applicationIds.length === 0 && !allApplications) return [];
  const all = await catalogue.listApplications();
  const listed = allApplications ? all.filter(({ allowedInLists }) => allowedInLists).map(({ id }) => id) : [];
  return applicationClosure([...applicationIds, ...listed], all);
}

/**
 * One variable of a run in clear.
 * @throws OstlerError NOT_FOUND when there is no secret of that name, SECRET_SEAL_BROKEN
 */
export async function runSecret(sql: Queries, row: RunRow, name: string, seal: SecretSeal): Promise<string> {
  const found = (await runVariables(sql, row, seal)).find((variable) => variable.name.toLowerCase() === name.toLowerCase());
  if (found?.secret !== true) throw new OstlerError('NOT_FOUND', { kind: 'secret variable', id: name });
  return found.open();
}

/** A deployment in debug mode says so by the variable that a device would have for it. */
export async function runVariables(sql: Queries, row: RunRow, seal: SecretSeal): Promise<StoredVariable[]> {
  const merged = await mergedVariables(sql, { definition: definitionOf(row), deviceId: row.device_id, runId: row.id }, seal);
  if (row.debug === 0) return merged;
  const others = merged.filter(({ name }) => name.toLowerCase() !== 'tsdebugmode');
  return [...others, plainVariable('TSDebugMode', 'true')];
}

interface VariablesOf {
  readonly definition: Pick<TaskSequenceDefinition, 'variables' | 'ask'>;
  readonly deviceId: string;
  readonly runId?: string;
}

/**
 * What a run of the definition on the device begins with: sequence < collections by rising priority < device (feature map §3.1) < what
 * was typed for the run. A computer that is not known has no variables of its own. How a variable is asked for is said by the
 * last one of them that says it.
 */
export async function mergedVariables(
  sql: Queries,
  { definition, deviceId, runId }: VariablesOf,
  seal: SecretSeal,
): Promise<StoredVariable[]> {
  const device = await findDevice(sql, deviceId);
  const owners: VariableOwner[] = [];
  if (device !== null) {
    for (const { id } of await collectionsOf(sql, device)) owners.push({ kind: 'collection', id });
    if (device.state !== 'unknown') owners.push({ kind: 'device', id: device.id });
  }
  if (runId !== undefined) owners.push({ kind: 'run', id: runId });
  const merged = new Map<string, StoredVariable>();
  const add = (variable: StoredVariable): void => {
    const before = merged.get(variable.name.toLowerCase());
    merged.set(variable.name.toLowerCase(), { ...variable, question: variable.question ?? before?.question ?? null });
  };
  for (const variable of variablesOfSequence(definition)) add(variable);
  for (const owner of owners) for (const variable of await readVariables(sql, owner, seal)) add(variable);
  return [...merged.values()];
}

/** What is asked for comes in the order of the questions. */
function variablesOfSequence({ variables, ask }: VariablesOf['definition']): StoredVariable[] {
  const values = new Map(Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value]));
  const asked = Object.entries(ask).map(([name, { secret, ...question }]) => {
    return { ...plainVariable(name, values.get(name.toLowerCase()) ?? ''), secret, question };
  });
  const names = new Set(asked.map(({ name }) => name.toLowerCase()));
  const rest = Object.entries(variables).filter(([name]) => !names.has(name.toLowerCase()));
  return [...asked, ...rest.map(([name, value]) => plainVariable(name, value))];
}

function plainVariable(name: string, value: string): StoredVariable {
  return { name, secret: false, asked: value === '', question: null, open: () => Promise.resolve(value) };
}
