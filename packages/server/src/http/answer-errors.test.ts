import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { answerErrors } from './answer-errors.ts';

describe.each(databases)('a value that a database cannot hold, on $dialect', ({ open }) => {
  it.each([
    ['a number', { version: 2 ** 40 }],
    ['a text', { definition: 'a\u0000b' }],
  ])('is the fault of the request and not of the server: %s', async (_what, value) => {
    await using test = await open();
    const server = fastify();
    answerErrors(server);
    server.get('/', async () => {
      const sequence = { task_sequence_id: 'none', version: 1, definition: '', saved_by: '', saved_at: 0 };
      const { definition, version } = { ...sequence, ...value };
      const rows = test.database.sql.selectFrom('task_sequence_versions').selectAll();
      return rows.where('version', '=', version).where('definition', '=', definition).execute();
    });

    const { statusCode } = await server.inject('/');

    expect(statusCode).toBe(test.database.dialect === 'postgres' ? 400 : 200);
  });
});
