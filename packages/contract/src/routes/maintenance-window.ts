/** Maintenance windows of collections, and what they come to on a device. */
import { z } from 'zod';
import { ById, Done, listOf } from '../nouns/common.ts';
import { CreateMaintenanceWindow, DeviceWindows, MaintenanceWindow, MaintenanceWindowParams } from '../nouns/maintenance-window.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'collections';
export const maintenanceWindowRoutes = {
  'maintenanceWindows.list': {
    method: 'GET',
    path: '/api/v1/collections/:id/maintenance-windows',
    access: { permission: 'collections.read', on: 'params.id' },
    tag,
    summary: 'Maintenance windows of a collection',
    params: ById,
    answer: listOf(MaintenanceWindow),
  },
  'maintenanceWindows.add': {
    method: 'POST',
    path: '/api/v1/collections/:id/maintenance-windows',
    access: { permission: 'collections.modify', on: 'params.id' },
    tag,
    summary: 'Let required deployments begin on the members of a collection only at certain times',
    params: ById,
    body: CreateMaintenanceWindow,
    answer: MaintenanceWindow,
  },
  'maintenanceWindows.remove': {
    method: 'DELETE',
    path: '/api/v1/collections/:id/maintenance-windows/:windowId',
    access: { permission: 'collections.modify', on: 'params.id' },
    tag,
    summary: 'Take a maintenance window away',
    params: MaintenanceWindowParams,
    answer: Done,
  },
  'maintenanceWindows.ofDevice': {
    method: 'GET',
    path: '/api/v1/devices/:id/maintenance-windows',
    access: { permission: 'devices.read', on: 'params.id' },
    tag: 'devices',
    summary: 'The maintenance window of a device that is open, and the next ones, of all its collections together',
    params: ById,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(10) }),
    answer: DeviceWindows,
  },
} as const satisfies Record<string, RouteDefinition>;
