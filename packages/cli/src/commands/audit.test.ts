import type { AuditEntry } from '@ostler/contract';
import { expect, it } from 'vitest';
import { csvLine } from './audit.ts';

it('a spreadsheet reads an exported audit log as it is, and runs nothing of it', () => {
  const entry: AuditEntry = {
    number: 1,
    at: '2026-11-27T10:00:00.000Z',
    actorKind: 'person',
    actorId: 'account-1',
    actorName: '=HYPERLINK("x")',
    address: '192.0.2.1',
    operation: 'devices.update',
    objectId: null,
    result: 'done',
    errorCode: null,
    request: { name: 'a,b' },
    changes: {},
    previousHash: '0'.repeat(64),
    hash: '1'.repeat(64),
  };

  expect(csvLine(entry)).toBe(
    `1,2026-11-27T10:00:00.000Z,person,account-1,"'=HYPERLINK(""x"")",192.0.2.1,devices.update,,done,,"{""name"":""a,b""}",{},${'0'.repeat(64)},${'1'.repeat(64)}`,
  );
});
