/** Devices, with their variables. */
import { z } from 'zod';
import { ById, Done, listOf } from '../nouns/common.ts';
import * as device from '../nouns/device.ts';
import type { RouteDefinition } from './define.ts';

export const deviceRoutes = {
  'devices.list': {
    method: 'GET',
    path: '/api/v1/devices',
    access: { permission: 'devices.read', items: 'id' },
    tag: 'devices',
    summary: 'Devices, known and seen, page by page: `next` is the `after` of the next page',
    query: device.DeviceQuery,
    answer: z.strictObject({ items: z.array(device.Device), next: z.string().nullable() }),
  },
  'devices.get': {
    method: 'GET',
    path: '/api/v1/devices/:id',
    access: { permission: 'devices.read', on: 'params.id' },
    tag: 'devices',
    summary: 'One device',
    params: ById,
    answer: device.Device,
  },
  'devices.import': {
    method: 'POST',
    path: '/api/v1/devices',
    access: { permission: 'devices.create' },
    tag: 'devices',
    summary: 'Import a computer by MAC address or SMBIOS UUID',
    body: device.ImportDevice,
    answer: device.Device,
  },
  'devices.update': {
    method: 'PATCH',
    path: '/api/v1/devices/:id',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag: 'devices',
    summary: 'Rename, approve, block',
    params: ById,
    body: device.UpdateDevice,
    answer: device.Device,
  },
  'devices.delete': {
    method: 'DELETE',
    path: '/api/v1/devices/:id',
    access: { permission: 'devices.delete', on: 'params.id' },
    tag: 'devices',
    summary: 'Forget a device',
    params: ById,
    answer: Done,
  },
  'devices.variables': {
    method: 'GET',
    path: '/api/v1/devices/:id/variables',
    access: { permission: 'devices.read', on: 'params.id' },
    tag: 'devices',
    summary: 'Variables of a device',
    params: ById,
    answer: listOf(device.Variable),
  },
  'devices.setVariable': {
    method: 'PUT',
    path: '/api/v1/devices/:id/variables/:name',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag: 'devices',
    summary: 'Set a variable of a device',
    params: device.VariableParams,
    body: device.SetVariable,
    answer: device.Variable,
  },
  'devices.deleteVariable': {
    method: 'DELETE',
    path: '/api/v1/devices/:id/variables/:name',
    access: { permission: 'devices.modify', on: 'params.id' },
    tag: 'devices',
    summary: 'Delete a variable of a device',
    params: device.VariableParams,
    answer: Done,
  },
} as const satisfies Record<string, RouteDefinition>;
