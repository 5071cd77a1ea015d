import { expect, test } from 'vitest';
import { z } from 'zod';
import { schemaRows } from './schema-rows.ts';

test('a field shows its type, its default and its description', () => {
  const rows = schemaRows(z.strictObject({ port: z.number().default(8443).describe('Where it listens.') }));

  expect(rows).toEqual([{ path: 'port', type: 'number', otherwise: '`8443`', description: 'Where it listens.' }]);
});

test('a required field and an optional one can be told apart', () => {
  const rows = schemaRows(z.strictObject({ name: z.string(), note: z.string().optional() }));

  expect(rows.map((row) => [row.path, row.otherwise])).toEqual([
    ['name', 'required'],
    ['note', ''],
  ]);
});

test('fields of a list are named by their path', () => {
  const rows = schemaRows(z.strictObject({ disks: z.array(z.strictObject({ style: z.enum(['gpt', 'mbr']) })) }));

  expect(rows.map((row) => [row.path, row.type])).toEqual([
    ['disks', 'list of object'],
    ['disks[].style', '`"gpt"` or `"mbr"`'],
  ]);
});

test('the variants of a union are shown once, with every value of their tag', () => {
  const a = z.strictObject({ kind: z.literal('a'), size: z.number() });
  const b = z.strictObject({ kind: z.literal('b') });
  const rows = schemaRows(z.strictObject({ to: z.discriminatedUnion('kind', [a, b]) }));

  expect(rows.map((row) => [row.path, row.type])).toEqual([
    ['to', 'object'],
    ['to.kind', '`"a"` or `"b"`'],
    ['to.size', 'number'],
  ]);
});
