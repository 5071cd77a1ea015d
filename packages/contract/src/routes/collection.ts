/** Collections: their members and variables. */
import * as collection from '../nouns/collection.ts';
import { ById, Done, listOf } from '../nouns/common.ts';
import { Device, SetVariable, Variable, VariableParams } from '../nouns/device.ts';
import type { RouteDefinition } from './define.ts';

export const collectionRoutes = {
  'collections.list': {
    method: 'GET',
    path: '/api/v1/collections',
    access: { permission: 'collections.read', items: 'id' },
    tag: 'collections',
    summary: 'Collections',
    answer: listOf(collection.Collection),
  },
  'collections.create': {
    method: 'POST',
    path: '/api/v1/collections',
    access: { permission: 'collections.create' },
    tag: 'collections',
    summary: 'Make a collection',
    body: collection.CreateCollection,
    answer: collection.Collection,
  },
  'collections.delete': {
    method: 'DELETE',
    path: '/api/v1/collections/:id',
    access: { permission: 'collections.delete', on: 'params.id' },
    tag: 'collections',
    summary: 'Delete a collection that nothing is deployed to',
    params: ById,
    answer: Done,
  },
  'collections.members': {
    method: 'GET',
    path: '/api/v1/collections/:id/members',
    access: { permission: 'collections.read', on: 'params.id' },
    tag: 'collections',
    summary: 'Devices of a collection',
    params: ById,
    answer: listOf(Device),
  },
  'collections.addMember': {
    method: 'PUT',
    path: '/api/v1/collections/:id/members/:deviceId',
    access: { permission: 'collections.modify', on: 'params.id', also: [{ permission: 'devices.modify', on: 'params.deviceId' }] },
    tag: 'collections',
    summary: 'Add a device',
    params: collection.CollectionMember,
    answer: Done,
  },
  'collections.removeMember': {
    method: 'DELETE',
    path: '/api/v1/collections/:id/members/:deviceId',
    access: { permission: 'collections.modify', on: 'params.id' },
    tag: 'collections',
    summary: 'Take a device out',
    params: collection.CollectionMember,
    answer: Done,
  },
  'collections.variables': {
    method: 'GET',
    path: '/api/v1/collections/:id/variables',
    access: { permission: 'collections.read', on: 'params.id' },
    tag: 'collections',
    summary: 'Variables of a collection',
    params: ById,
    answer: listOf(Variable),
  },
  'collections.setVariable': {
    method: 'PUT',
    path: '/api/v1/collections/:id/variables/:name',
    access: { permission: 'collections.modify', on: 'params.id' },
    tag: 'collections',
    summary: 'Set a variable of a collection',
    params: VariableParams,
    body: SetVariable,
    answer: Variable,
  },
  'collections.deleteVariable': {
    method: 'DELETE',
    path: '/api/v1/collections/:id/variables/:name',
    access: { permission: 'collections.modify', on: 'params.id' },
    tag: 'collections',
    summary: 'Delete a variable of a collection',
    params: VariableParams,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
