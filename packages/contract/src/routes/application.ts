/** Applications. */
import { Application, ApplicationDefinition } from '../nouns/application.ts';
import { ById, Done, listOf } from '../nouns/common.ts';
import type { RouteDefinition } from './define.ts';

const common = { access: 'administrator', tag: 'applications' } as const;

export const applicationRoutes = {
  'applications.list': { ...common, method: 'GET', path: '/api/v1/applications', summary: 'Applications', answer: listOf(Application) },
  'applications.get': {
    ...common,
    method: 'GET',
    path: '/api/v1/applications/:id',
    summary: 'One application',
    params: ById,
    answer: Application,
  },
  'applications.create': {
    ...common,
    method: 'POST',
    path: '/api/v1/applications',
    summary: 'Make an application of a package',
    body: ApplicationDefinition,
    answer: Application,
  },
  'applications.update': {
    ...common,
    method: 'PUT',
    path: '/api/v1/applications/:id',
    summary: 'Change an application',
    params: ById,
    body: ApplicationDefinition,
    answer: Application,
  },
  'applications.delete': {
    ...common,
    method: 'DELETE',
    path: '/api/v1/applications/:id',
    summary: 'Delete an application that nothing uses',
    params: ById,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
