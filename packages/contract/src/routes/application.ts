/** Applications. */
import { Application, ApplicationDefinition } from '../nouns/application.ts';
import { ById, Done, listOf } from '../nouns/common.ts';
import type { RouteDefinition } from './define.ts';

const common = { tag: 'applications' } as const;

export const applicationRoutes = {
  'applications.list': {
    ...common,
    access: { permission: 'applications.read' },
    method: 'GET',
    path: '/api/v1/applications',
    summary: 'Applications',
    answer: listOf(Application),
  },
  'applications.get': {
    ...common,
    access: { permission: 'applications.read' },
    method: 'GET',
    path: '/api/v1/applications/:id',
    summary: 'One application',
    params: ById,
    answer: Application,
  },
  'applications.create': {
    ...common,
    access: { permission: 'applications.create' },
    method: 'POST',
    path: '/api/v1/applications',
    summary: 'Make an application of a package',
    body: ApplicationDefinition,
    answer: Application,
  },
  'applications.update': {
    ...common,
    access: { permission: 'applications.modify' },
    method: 'PUT',
    path: '/api/v1/applications/:id',
    summary: 'Change an application',
    params: ById,
    body: ApplicationDefinition,
    answer: Application,
  },
  'applications.delete': {
    ...common,
    access: { permission: 'applications.delete' },
    method: 'DELETE',
    path: '/api/v1/applications/:id',
    summary: 'Delete an application that nothing uses',
    params: ById,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
