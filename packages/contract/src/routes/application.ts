/** Applications. */
import { Application, ApplicationDefinition } from '../nouns/application.ts';
import { ById, Done, listOf } from '../nouns/common.ts';
import type { RouteDefinition } from './define.ts';

const common = { tag: 'applications' } as const;

export const applicationRoutes = {
  'applications.list': {
    ...common,
    access: { permission: 'applications.read', items: 'id' },
    method: 'GET',
    path: '/api/v1/applications',
    summary: 'Applications',
    answer: listOf(Application),
  },
  'applications.get': {
    ...common,
    access: { permission: 'applications.read', on: 'params.id' },
    method: 'GET',
    path: '/api/v1/applications/:id',
    summary: 'One application',
    params: ById,
    answer: Application,
  },
  'applications.create': {
    ...common,
    access: { permission: 'applications.create', creates: 'id', also: [{ permission: 'packages.read', on: 'body.packageId' }] },
    method: 'POST',
    path: '/api/v1/applications',
    summary: 'Make an application of a package',
    body: ApplicationDefinition,
    answer: Application,
  },
  'applications.update': {
    ...common,
    access: { permission: 'applications.modify', on: 'params.id', also: [{ permission: 'packages.read', on: 'body.packageId' }] },
    method: 'PUT',
    path: '/api/v1/applications/:id',
    summary: 'Change an application',
    params: ById,
    body: ApplicationDefinition,
    answer: Application,
  },
  'applications.delete': {
    ...common,
    access: { permission: 'applications.delete', on: 'params.id' },
    method: 'DELETE',
    path: '/api/v1/applications/:id',
    summary: 'Delete an application that nothing uses',
    params: ById,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
