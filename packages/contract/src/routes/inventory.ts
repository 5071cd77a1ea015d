/** What devices are made of. The agent's report is in agent.ts. */
import { ById, listOf } from '../nouns/common.ts';
import { DeviceDocument } from '../nouns/device-document.ts';
import { Inventory, InventoryHistoryEntry } from '../nouns/inventory.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'devices';
export const inventoryRoutes = {
  'inventory.get': {
    method: 'GET',
    path: '/api/v1/devices/:id/inventory',
    access: { permission: 'devices.read', on: 'params.id' },
    tag,
    summary: 'Hardware and operating system of a device, as it last reported them',
    params: ById,
    answer: Inventory,
  },
  'inventory.history': {
    method: 'GET',
    path: '/api/v1/devices/:id/inventory/history',
    access: { permission: 'devices.read', on: 'params.id' },
    tag,
    summary: 'What has changed of a device’s inventory, the newest first',
    params: ById,
    answer: listOf(InventoryHistoryEntry),
  },
  'inventory.document': {
    method: 'GET',
    path: '/api/v1/devices/:id/document',
    access: { permission: 'devices.read', on: 'params.id' },
    tag,
    summary: 'A device as one document: what the queries of collections see',
    params: ById,
    answer: DeviceDocument,
  },
} as const satisfies Record<string, RouteDefinition>;
