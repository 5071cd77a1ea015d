/** What the client of an installed system calls, and clients as administrators see them. */
import { z } from 'zod';
import { ChooseDeployment, ChosenRun } from '../nouns/agent.ts';
import { ById, Done, listOf, Sha256 } from '../nouns/common.ts';
import { ContentSources } from '../nouns/distribution-point.ts';
import * as client from '../nouns/enrolled-client.ts';
import { ReportPreDownloads } from '../nouns/pre-download.ts';
import type { RouteDefinition, StreamRouteDefinition } from './define.ts';

const tag = 'clients';
export const clientRoutes = {
  'client.enrol': {
    method: 'POST',
    path: '/api/v1/client/enrol',
    access: 'public',
    tag,
    summary: 'The client of an installed system proves itself, once; it gets a key of its own',
    body: client.EnrolClient,
    answer: client.EnrolAnswer,
  },
  'client.poll': {
    method: 'POST',
    path: '/api/v1/client/poll',
    access: 'client',
    tag,
    summary: 'Policy: what is to run on this computer now, and when to ask again',
    answer: client.ClientPolicy,
  },
  'client.offer': {
    method: 'GET',
    path: '/api/v1/client/deployments',
    access: 'client',
    tag,
    summary: 'What a person at this computer may begin',
    answer: client.ClientOffer,
  },
  'client.begin': {
    method: 'POST',
    path: '/api/v1/client/runs',
    access: 'client',
    tag,
    summary: 'A person at this computer begins a deployment; the next poll gets its run',
    body: ChooseDeployment,
    answer: ChosenRun,
  },
  'client.leave': {
    method: 'DELETE',
    path: '/api/v1/client',
    access: 'client',
    tag,
    summary: 'The client is removed from this computer: its key ends',
    answer: Done,
  },
  'preDownload.sources': {
    method: 'GET',
    path: '/api/v1/client/content-sources/:sha256',
    access: 'client',
    tag,
    summary: 'Where this computer gets a piece of content before the run that needs it, in order as for a run',
    params: z.strictObject({ sha256: Sha256 }),
    answer: ContentSources,
  },
  'preDownload.report': {
    method: 'PUT',
    path: '/api/v1/client/content',
    access: 'client',
    tag,
    summary: 'How much of the content of its coming runs this computer has',
    body: ReportPreDownloads,
    answer: Done,
  },
  'clients.list': {
    method: 'GET',
    path: '/api/v1/clients',
    access: { permission: 'clients.read', items: 'id' },
    tag,
    summary: 'Computers that have the client',
    answer: listOf(client.EnrolledClient),
  },
  'clients.revoke': {
    method: 'DELETE',
    path: '/api/v1/clients/:id',
    access: { permission: 'clients.revoke', on: 'params.id' },
    tag,
    summary: 'End the key of a device’s client',
    params: ById,
    answer: Done,
  },
  'enrolmentTokens.list': {
    method: 'GET',
    path: '/api/v1/enrolment-tokens',
    access: { permission: 'clients.enrol', items: 'deviceId' },
    tag,
    summary: 'Enrolment tokens that have not been used',
    answer: listOf(client.EnrolmentToken),
  },
  'enrolmentTokens.create': {
    method: 'POST',
    path: '/api/v1/enrolment-tokens',
    access: { permission: 'clients.enrol', on: 'body.deviceId' },
    tag,
    summary: 'Make a token that lets one computer enrol; it is shown once',
    body: client.CreateEnrolmentToken,
    answer: client.CreatedEnrolmentToken,
  },
  'enrolmentTokens.delete': {
    method: 'DELETE',
    path: '/api/v1/enrolment-tokens/:id',
    access: { permission: 'clients.enrol', on: 'params.id' },
    tag,
    summary: 'Delete an enrolment token that has not been used',
    params: ById,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;

export const clientStreams = {
  'client.installScript': {
    method: 'GET',
    path: '/api/v1/client/install-script',
    access: 'public',
    tag,
    summary: 'A shell script that installs the client; it holds the site’s CA and the hashes of what it fetches, and nothing secret',
    contentType: 'text/x-shellscript',
  },
  'client.program': {
    method: 'GET',
    path: '/api/v1/client/program/:sha256',
    access: 'public',
    tag,
    summary: 'What the client runs on: Node.js, and the libraries of it that a system may lack',
    contentType: 'application/octet-stream',
  },
  'preDownload.content': {
    method: 'GET',
    path: '/api/v1/client/content/:sha256',
    access: 'client',
    tag,
    summary: 'A piece of content that a coming run of this computer refers to, with ranges and ETag',
    contentType: 'application/octet-stream',
  },
} as const satisfies Record<string, StreamRouteDefinition>;
