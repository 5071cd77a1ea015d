/** Task sequences and their versions. */
import { z } from 'zod';
import { ById, Done, listOf } from '../nouns/common.ts';
import * as sequence from '../nouns/task-sequence.ts';
import type { RouteDefinition } from './define.ts';

const version = z.coerce.number().int().positive();
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
    body: sequence.TaskSequenceDefinition,
    answer: sequence.TaskSequence,
  },
  'taskSequences.update': {
    method: 'PUT',
    path: '/api/v1/task-sequences/:id',
    access: 'administrator',
    tag: 'task sequences',
    summary: 'Save a new version',
    params: ById,
    body: sequence.TaskSequenceDefinition,
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
