/** Who computers are for: user device affinity. */
import { z } from 'zod';
import { ById, Done, listOf } from '../nouns/common.ts';
import * as user from '../nouns/device-user.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'devices';
export const deviceUserRoutes = {
  'deviceUsers.list': {
    method: 'GET',
    path: '/api/v1/device-users',
    access: { permission: 'devices.read', items: 'deviceId' },
    tag,
    summary: 'Users of computers, by user, page by page; with `state=pending` those that wait for an administrator',
    query: user.DeviceUserQuery,
    answer: z.strictObject({ items: z.array(user.DeviceUser), next: z.string().nullable() }),
  },
  'deviceUsers.ofDevice': {
    method: 'GET',
    path: '/api/v1/devices/:id/users',
    access: { permission: 'devices.read', on: 'params.id' },
    tag,
    summary: 'Users of a device, those that wait for an administrator too',
    params: ById,
    answer: listOf(user.DeviceUser),
  },
  'deviceUsers.add': {
    method: 'POST',
    path: '/api/v1/devices/:id/users',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag,
    summary: 'Say that a device is for a user; one that waits is confirmed by it',
    params: ById,
    body: user.NameDeviceUser,
    answer: user.DeviceUser,
  },
  'deviceUsers.approve': {
    method: 'POST',
    path: '/api/v1/devices/:id/users/:user/approve',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag,
    summary: 'Confirm a user that waits',
    params: user.DeviceUserParams,
    answer: user.DeviceUser,
  },
  'deviceUsers.reject': {
    method: 'POST',
    path: '/api/v1/devices/:id/users/:user/reject',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag,
    summary: 'Drop a user that waits; a later run may name it again',
    params: user.DeviceUserParams,
    answer: Done,
  },
  'deviceUsers.remove': {
    method: 'DELETE',
    path: '/api/v1/devices/:id/users/:user',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag,
    summary: 'A device is not for this user any more',
    params: user.DeviceUserParams,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
