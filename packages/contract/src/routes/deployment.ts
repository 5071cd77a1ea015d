/** Deployments and runs. */
import { z } from 'zod';
import { ById, Done, Id, listOf } from '../nouns/common.ts';
import * as run from '../nouns/run.ts';
import type { RouteDefinition, StreamRouteDefinition } from './define.ts';

export const deploymentRoutes = {
  'deployments.list': {
    method: 'GET',
    path: '/api/v1/deployments',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Deployments',
    answer: listOf(run.Deployment),
  },
  'deployments.create': {
    method: 'POST',
    path: '/api/v1/deployments',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Deploy a task sequence to a collection',
    body: run.CreateDeployment,
    answer: run.Deployment,
  },
  'deployments.update': {
    method: 'PATCH',
    path: '/api/v1/deployments/:id',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Enable or disable',
    params: ById,
    body: run.UpdateDeployment,
    answer: run.Deployment,
  },
  'deployments.delete': {
    method: 'DELETE',
    path: '/api/v1/deployments/:id',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Delete a deployment that is not running anywhere',
    params: ById,
    answer: Done,
  },
  'deployments.status': {
    method: 'GET',
    path: '/api/v1/deployments/:id/status',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Each device’s state',
    params: ById,
    answer: run.DeploymentStatus,
  },
  'deployments.rerun': {
    method: 'POST',
    path: '/api/v1/deployments/:id/rerun',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Let a required deployment run again on a device (clear required network boot)',
    params: ById,
    body: z.strictObject({ deviceId: Id }),
    answer: Done,
  },
  'runs.list': {
    method: 'GET',
    path: '/api/v1/runs',
    access: 'administrator',
    tag: 'runs',
    summary: 'Runs, newest first',
    query: z.strictObject({
      deploymentId: Id.optional(),
      deviceId: Id.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    answer: listOf(run.Run),
  },
  'runs.get': {
    method: 'GET',
    path: '/api/v1/runs/:id',
    access: 'administrator',
    tag: 'runs',
    summary: 'One run',
    params: ById,
    answer: run.Run,
  },
  'runs.messages': {
    method: 'GET',
    path: '/api/v1/runs/:id/messages',
    access: 'administrator',
    tag: 'runs',
    summary: 'A run’s status messages, oldest first',
    params: ById,
    query: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }),
    answer: listOf(run.StatusMessage),
  },
  'runs.cancel': {
    method: 'POST',
    path: '/api/v1/runs/:id/cancel',
    access: 'administrator',
    tag: 'runs',
    summary: 'End a run at the next safe point; one whose machine is gone ends at once',
    params: ById,
    answer: run.Run,
  },
} as const satisfies Record<string, RouteDefinition>;

export const deploymentStreams = {
  'runs.log': {
    method: 'GET',
    path: '/api/v1/runs/:id/log',
    access: 'administrator',
    tag: 'runs',
    summary: 'The run’s log as the agent wrote it',
    contentType: 'text/plain',
  },
  'deployments.watch': {
    method: 'GET',
    path: '/api/v1/deployments/:id/watch',
    access: 'administrator',
    tag: 'deployments',
    summary: 'Server-sent events: `status` at once and at each change, `message` for each status message',
    contentType: 'text/event-stream',
  },
} as const satisfies Record<string, StreamRouteDefinition>;
