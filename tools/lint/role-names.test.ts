import { roleNames } from './role-names.ts';
import { testRule } from './rule-tester.ts';

testRule('house/role-names', roleNames, {
  allowed: [
    { name: "the field's word", file: 'packages/server/src/device-store.ts', code: `export interface DeviceStore {}` },
    { name: 'a verb', file: 'packages/agent/src/x.ts', code: `export function installService() {}` },
  ],
  reported: [
    { name: 'a manager', file: 'packages/server/src/x.ts', code: `export class DeviceManager {}` },
    { name: 'a service', file: 'packages/server/src/x.ts', code: `export interface DeviceService {}` },
    { name: 'an implementation', file: 'packages/server/src/x.ts', code: `type StoreImpl = string;` },
    { name: 'a file of helpers', file: 'packages/server/src/disk-helpers.ts', code: `export const x = 1;` },
    { name: 'a file of utilities', file: 'packages/server/src/utils.ts', code: `export const x = 1;` },
  ],
});
