/** Task sequences and their versions. */
import { z } from 'zod';
import { ById, Done, listOf } from '../nouns/common.ts';
import * as imports from '../nouns/task-sequence-import.ts';
import * as sequence from '../nouns/task-sequence.ts';
import * as versions from '../nouns/task-sequence-version.ts';
import type { RouteDefinition } from './define.ts';

const version = z.coerce.number().int().positive();
/** Thousands of steps, and the text of imported ones. */
const bodyLimitBytes = 64 * 1024 * 1024;
export const taskSequenceRoutes = {
  'taskSequences.list': {
    method: 'GET',
    path: '/api/v1/task-sequences',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Task sequences',
    answer: listOf(sequence.TaskSequenceSummary),
  },
  'taskSequences.get': {
    method: 'GET',
    path: '/api/v1/task-sequences/:id',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'One task sequence, newest or a given version',
    params: ById,
    query: z.strictObject({ version: version.optional() }),
    answer: sequence.TaskSequence,
  },
  'taskSequences.create': {
    method: 'POST',
    path: '/api/v1/task-sequences',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Save a new task sequence',
    query: versions.SaveTaskSequence.pick({ comment: true }),
    body: sequence.TaskSequenceDefinition,
    bodyLimitBytes,
    answer: sequence.TaskSequence,
  },
  'taskSequences.update': {
    method: 'PUT',
    path: '/api/v1/task-sequences/:id',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Save a new version; refused when another one was saved since the version it was made from',
    params: ById,
    query: versions.SaveTaskSequence,
    body: sequence.TaskSequenceDefinition,
    bodyLimitBytes,
    answer: sequence.TaskSequence,
  },
  'taskSequences.generate': {
    method: 'POST',
    path: '/api/v1/task-sequences/generate',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Make a task sequence from a template',
    body: sequence.GenerateTaskSequence,
    answer: sequence.TaskSequence,
  },
  'taskSequences.import': {
    method: 'POST',
    path: '/api/v1/task-sequences/import',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Import a task sequence of Configuration Manager or MDT, with a report of what became of each step',
    body: imports.ImportTaskSequence,
    bodyLimitBytes: 2 * bodyLimitBytes,
    answer: imports.ImportedTaskSequence,
  },
  'taskSequences.versions': {
    method: 'GET',
    path: '/api/v1/task-sequences/:id/versions',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Every version of a task sequence, newest first',
    params: ById,
    answer: listOf(versions.TaskSequenceVersion),
  },
  'taskSequences.diff': {
    method: 'GET',
    path: '/api/v1/task-sequences/:id/diff',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'What changed between two versions, step by step; without `to`, up to the newest, without `from`, since the one before',
    params: ById,
    query: z.strictObject({ from: version.optional(), to: version.optional() }),
    answer: versions.TaskSequenceDifference,
  },
  'taskSequences.rollBack': {
    method: 'POST',
    path: '/api/v1/task-sequences/:id/roll-back',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Save a new version that is equal to an older one',
    params: ById,
    body: versions.RollBackTaskSequence,
    answer: sequence.TaskSequence,
  },
  'taskSequences.validate': {
    method: 'POST',
    path: '/api/v1/task-sequences/validate',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'What would keep a definition from being saved, and what is worth a look; saves nothing',
    body: sequence.TaskSequenceDefinition,
    bodyLimitBytes,
    answer: z.strictObject({ problems: z.array(versions.TaskSequenceProblem), warnings: z.array(versions.TaskSequenceProblem) }),
  },
  'taskSequences.schema': {
    method: 'GET',
    path: '/api/v1/task-sequences/schema.json',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'The JSON Schema of a task sequence definition, for editors',
    answer: z.record(z.string(), z.unknown()),
  },
  'taskSequences.delete': {
    method: 'DELETE',
    path: '/api/v1/task-sequences/:id',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Delete a task sequence that nothing deploys',
    params: ById,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
