/** Distribution points: what administrators call, and what the distribution points themselves call. */
import { z } from 'zod';
import { ById, Done, Id, listOf, Sha256 } from '../nouns/common.ts';
import * as point from '../nouns/distribution-point.ts';
import type { RouteDefinition, StreamRouteDefinition } from './define.ts';

const tag = 'distribution points';
const read = { permission: 'distribution-points.read' } as const;
const modify = { permission: 'distribution-points.modify' } as const;
const WithGroup = z.strictObject({ id: Id, groupId: Id });
const WithObject = z.strictObject({ id: Id, kind: point.ContentObjectKind, objectId: Id });
/** null: every piece. */
const Pieces = z.strictObject({ sha256: Sha256.nullable() });

const administratorRoutes = {
  'distributionPoints.list': {
    method: 'GET',
    path: '/api/v1/distribution-points',
    access: read,
    tag,
    summary: 'Distribution points',
    answer: listOf(point.DistributionPoint),
  },
  'distributionPoints.get': {
    method: 'GET',
    path: '/api/v1/distribution-points/:id',
    access: read,
    tag,
    summary: 'One distribution point',
    params: ById,
    answer: point.DistributionPoint,
  },
  'distributionPoints.content': {
    method: 'GET',
    path: '/api/v1/distribution-points/:id/content',
    access: read,
    tag,
    summary: 'The pieces of content that it should have, and how far each is',
    params: ById,
    answer: listOf(point.PlacedContent),
  },
  'distributionPoints.create': {
    method: 'POST',
    path: '/api/v1/distribution-points',
    access: { permission: 'distribution-points.create' },
    tag,
    summary: 'Make a distribution point; it waits for its enrolment',
    body: point.CreateDistributionPoint,
    answer: point.DistributionPoint,
  },
  'distributionPoints.update': {
    method: 'PATCH',
    path: '/api/v1/distribution-points/:id',
    access: modify,
    tag,
    summary: 'Change name, assignment or limits',
    params: ById,
    body: point.UpdateDistributionPoint,
    answer: point.DistributionPoint,
  },
  'distributionPoints.delete': {
    method: 'DELETE',
    path: '/api/v1/distribution-points/:id',
    access: { permission: 'distribution-points.delete' },
    tag,
    summary: 'Forget a distribution point; its key ends',
    params: ById,
    answer: Done,
  },
  'distributionPoints.ticket': {
    method: 'POST',
    path: '/api/v1/distribution-points/:id/ticket',
    access: modify,
    tag,
    summary: 'A ticket to enrol with, shown once; it takes the place of an earlier one',
    params: ById,
    answer: point.EnrolmentTicket,
  },
  'distributionPoints.revoke': {
    method: 'POST',
    path: '/api/v1/distribution-points/:id/revoke',
    access: modify,
    tag,
    summary: 'End its key at once; no computer is sent to it until it has enrolled again',
    params: ById,
    answer: point.DistributionPoint,
  },
  'distributionPoints.addGroup': {
    method: 'PUT',
    path: '/api/v1/distribution-points/:id/groups/:groupId',
    access: modify,
    tag,
    summary: 'Let it serve the computers of a boundary group',
    params: WithGroup,
    answer: point.DistributionPoint,
  },
  'distributionPoints.removeGroup': {
    method: 'DELETE',
    path: '/api/v1/distribution-points/:id/groups/:groupId',
    access: modify,
    tag,
    summary: 'Take it out of a boundary group',
    params: WithGroup,
    answer: point.DistributionPoint,
  },
  'distributionPoints.addContent': {
    method: 'PUT',
    path: '/api/v1/distribution-points/:id/chosen/:kind/:objectId',
    access: modify,
    tag,
    summary: 'Give it an image or a package, where it does not get everything',
    params: WithObject,
    answer: point.DistributionPoint,
  },
  'distributionPoints.removeContent': {
    method: 'DELETE',
    path: '/api/v1/distribution-points/:id/chosen/:kind/:objectId',
    access: modify,
    tag,
    summary: 'Take an image or a package away from it',
    params: WithObject,
    answer: point.DistributionPoint,
  },
  'distributionPoints.redistribute': {
    method: 'POST',
    path: '/api/v1/distribution-points/:id/redistribute',
    access: modify,
    tag,
    summary: 'Let it pull a piece of content again, or all of it',
    params: ById,
    body: Pieces,
    answer: Done,
  },
  'distributionPoints.validate': {
    method: 'POST',
    path: '/api/v1/distribution-points/:id/validate',
    access: modify,
    tag,
    summary: 'Let it read a piece of content again, or all of it, and pull what is damaged',
    params: ById,
    body: Pieces,
    answer: Done,
  },
  'distribution.image': {
    method: 'GET',
    path: '/api/v1/images/:id/distribution',
    access: { permission: 'images.read', on: 'params.id' },
    tag,
    summary: 'Which distribution points have an image, how much is missing, and what uses it',
    params: ById,
    answer: point.ContentDistribution,
  },
  'distribution.package': {
    method: 'GET',
    path: '/api/v1/packages/:id/distribution',
    access: { permission: 'packages.read', on: 'params.id' },
    tag,
    summary: 'Which distribution points have a package, how much is missing, and what uses it',
    params: ById,
    answer: point.ContentDistribution,
  },
  'distribution.application': {
    method: 'GET',
    path: '/api/v1/applications/:id/distribution',
    access: { permission: 'applications.read', on: 'params.id' },
    tag,
    summary: 'Which distribution points have the package of an application, how much is missing, and what uses the application',
    params: ById,
    answer: point.ContentDistribution,
  },
} as const satisfies Record<string, RouteDefinition>;

export const distributionPointRoutes = {
  ...administratorRoutes,
  'pointApi.enrol': {
    method: 'POST',
    path: '/api/v1/distribution-point/enrol',
    access: 'public',
    tag,
    summary: 'A new distribution point shows its ticket; it gets its key, and a certificate where it asks for one',
    body: point.EnrolDistributionPoint,
    answer: point.EnrolledDistributionPoint,
  },
  'pointApi.renewCertificate': {
    method: 'POST',
    path: '/api/v1/distribution-point/certificate',
    access: 'distribution-point',
    tag,
    summary: 'A new certificate before the old one ends',
    body: point.RenewCertificate,
    answer: point.RenewedCertificate,
  },
  'pointApi.sync': {
    method: 'POST',
    path: '/api/v1/distribution-point/sync',
    access: 'distribution-point',
    tag,
    summary: 'Tell what is there, and hear what should be',
    body: point.SyncReport,
    bodyLimitBytes: 16 * 1024 * 1024,
    answer: point.SyncAnswer,
  },
} as const satisfies Record<string, RouteDefinition>;

export const distributionPointStreams = {
  'pointApi.content': {
    method: 'GET',
    path: '/api/v1/distribution-point/content/:sha256',
    access: 'distribution-point',
    tag,
    summary: 'A piece of content that the distribution point should have, with ranges and ETag',
    contentType: 'application/octet-stream',
  },
} as const satisfies Record<string, StreamRouteDefinition>;
