/** What the agent calls. */
import { z } from 'zod';
import * as agent from '../nouns/agent.ts';
import { ById, Done, Id, VariableName } from '../nouns/common.ts';
import { CreateUpload, OperatingSystemImage, Upload } from '../nouns/image.ts';
import { EscrowRecoveryKey } from '../nouns/recovery-key.ts';
import { EngineState } from '../nouns/run.ts';
import type { RouteDefinition, StreamRouteDefinition } from './define.ts';

const tag = 'agent';
export const agentRoutes = {
  'agent.hello': {
    method: 'POST',
    path: '/api/v1/agent/hello',
    access: 'public',
    tag,
    summary: 'A machine names itself and proves itself; it gets a key for this run',
    body: agent.Hello,
    answer: agent.HelloAnswer,
  },
  'agent.choose': {
    method: 'POST',
    path: '/api/v1/agent/choose',
    access: 'agent',
    tag,
    summary: 'A person at the target chose an available deployment',
    body: agent.ChooseDeployment,
    answer: agent.ChosenRun,
  },
  'agent.run': {
    method: 'GET',
    path: '/api/v1/agent/runs/:id',
    access: 'agent',
    tag,
    summary: 'Everything the agent needs to begin or go on with a run',
    params: ById,
    answer: agent.RunAssignment,
  },
  'agent.saveJournal': {
    method: 'PUT',
    path: '/api/v1/agent/runs/:id/journal',
    access: 'agent',
    tag,
    summary: 'Keep the engine state; an older revision is ignored',
    params: ById,
    body: EngineState,
    answer: agent.JournalAnswer,
  },
  'agent.report': {
    method: 'POST',
    path: '/api/v1/agent/runs/:id/status',
    access: 'agent',
    tag,
    summary: 'Status messages and progress; a message number already known is ignored',
    params: ById,
    body: agent.StatusReport,
    answer: agent.StatusAnswer,
  },
  'agent.secret': {
    method: 'POST',
    path: '/api/v1/agent/runs/:id/secrets/:name',
    access: 'agent',
    tag,
    summary: 'Fetch one secret variable; every read is logged',
    params: z.strictObject({ id: Id, name: VariableName }),
    answer: agent.SecretAnswer,
  },
  'agent.escrowRecoveryKey': {
    method: 'POST',
    path: '/api/v1/agent/runs/:id/recovery-keys',
    access: 'agent',
    tag,
    summary: 'Keep a recovery key at the site, before it is added to the disk',
    params: ById,
    body: EscrowRecoveryKey,
    answer: Done,
  },
  'agent.createUpload': {
    method: 'POST',
    path: '/api/v1/agent/uploads',
    access: 'agent',
    tag,
    summary: 'Begin an upload (a captured image)',
    body: CreateUpload,
    answer: Upload,
  },
  'agent.getUpload': {
    method: 'GET',
    path: '/api/v1/agent/uploads/:id',
    access: 'agent',
    tag,
    summary: 'How much of an upload has arrived',
    params: ById,
    answer: Upload,
  },
  'agent.capturedImage': {
    method: 'POST',
    path: '/api/v1/agent/runs/:id/captured-image',
    access: 'agent',
    tag,
    summary: 'Turn a finished upload into an operating system image',
    params: ById,
    body: agent.CapturedImage,
    answer: OperatingSystemImage,
  },
  'agent.finish': {
    method: 'POST',
    path: '/api/v1/agent/runs/:id/finish',
    access: 'agent',
    tag,
    summary: 'The run has ended, as the journal says; the key ends with it',
    params: ById,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;

export const agentStreams = {
  'agent.content': {
    method: 'GET',
    path: '/api/v1/agent/content/:sha256',
    access: 'agent',
    tag,
    summary: 'A piece of content that the run refers to, with ranges and ETag',
    contentType: 'application/octet-stream',
  },
  'agent.appendLog': {
    method: 'PATCH',
    path: '/api/v1/agent/runs/:id/log',
    access: 'agent',
    tag,
    summary: 'Append to the run’s log from `Upload-Offset` on; answers the new offset in `Upload-Offset`',
    contentType: 'text/plain',
  },
  'agent.appendUpload': {
    method: 'PATCH',
    path: '/api/v1/agent/uploads/:id',
    access: 'agent',
    tag,
    summary: 'Append to an upload from `Upload-Offset` on; answers the new offset in `Upload-Offset`',
    contentType: 'application/octet-stream',
  },
  'agent.bundle': {
    method: 'GET',
    path: '/api/v1/agent/bundle/:sha256',
    access: 'public',
    tag,
    summary: 'The agent’s program',
    contentType: 'text/javascript',
  },
} as const satisfies Record<string, StreamRouteDefinition>;
