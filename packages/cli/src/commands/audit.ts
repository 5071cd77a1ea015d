/** Commands for the audit log. */
import { writeFile } from 'node:fs/promises';
import { AuditQuery, OstlerError, type AuditEntry } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { csvCell, formatTable } from '../output.ts';

const filters = {
  '--actor <name>': 'only what this account did',
  '--object <id>': 'only what was done to this object',
  '--operation <name>': 'only this route of the API, for example devices.update',
  '--result <result>': 'done, refused, failed or interrupted',
  '--since <time>': 'from this time on, for example 2026-11-27T08:00:00Z',
  '--until <time>': 'up to this time',
};

/** @throws OstlerError BAD_REQUEST */
function queryOf(values: Values, limit: number): AuditQuery {
  const given = {
    actor: text(values, 'actor'),
    objectId: text(values, 'object'),
    operation: text(values, 'operation'),
    result: text(values, 'result'),
    since: text(values, 'since'),
    until: text(values, 'until'),
    limit,
  };
  const parsed = AuditQuery.safeParse(given);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new OstlerError('BAD_REQUEST', { problem });
}

/** Every entry that fits, page by page, newest first. */
async function* allEntries({ client, signal }: CommandContext, values: Values): AsyncGenerator<AuditEntry> {
  const query = queryOf(values, 1000);
  let before: number | null | undefined;
  while (before !== null) {
    const { items, next } = await client.call('audit.list', { query: { ...query, ...(before === undefined ? {} : { before }) } }, signal);
    yield* items;
    before = next;
  }
}

function changesText({ changes, errorCode }: AuditEntry): string {
  if (errorCode !== null) return errorCode;
  return Object.entries(changes)
    .map(([name, { before, after }]) => `${name}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`)
    .join(', ')
    .slice(0, 120);
}

const columns = [
  'number',
  'at',
  'actorKind',
  'actorId',
  'actorName',
  'address',
  'operation',
  'objectId',
  'result',
  'errorCode',
  'request',
  'changes',
  'previousHash',
  'hash',
] as const satisfies readonly (keyof AuditEntry)[];

export function csvLine(entry: AuditEntry): string {
  return columns
    .map((name) => {
      const value = entry[name];
      return csvCell(typeof value === 'object' && value !== null ? JSON.stringify(value) : value);
    })
    .join(',');
}

export const auditCommands: readonly ApiCommand[] = [
  {
    words: 'audit list',
    summary: 'Show who changed what, and who read which secret, the newest first',
    options: { ...filters, '--limit <n>': ['how many', '50'] },
    run: async ({ client, output, signal }, _args, values) => {
      const { items } = await client.call('audit.list', { query: queryOf(values, Number(text(values, 'limit') ?? 50)) }, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'NUMBER', value: ({ number }) => String(number) },
            { title: 'AT', value: ({ at }) => at },
            { title: 'WHO', value: ({ actorName }) => actorName },
            { title: 'FROM', value: ({ address }) => address },
            { title: 'OPERATION', value: ({ operation }) => operation },
            { title: 'OBJECT', value: ({ objectId }) => objectId },
            { title: 'RESULT', value: ({ result }) => result },
            { title: 'WHAT', value: changesText },
          ],
          'There is no such entry.',
        ),
      );
    },
  },
  {
    words: 'audit verify',
    summary: 'Check that no entry was changed, removed or inserted',
    help: 'Keep the hash of the newest entry somewhere else: later it shows that the whole log was not rewritten. It ends with exit code 1 where\nthe log is not intact.',
    run: async ({ client, output, signal }) => {
      const verified = await client.call('audit.verify', {}, signal);
      const { intact, entries, headHash, removedThrough, problem } = verified;
      const older = removedThrough === 0 ? '' : ` Retention removed those up to ${removedThrough}.`;
      output.result(verified, () =>
        intact
          ? `${entries} entries, none changed, removed or inserted.${older} The newest has the hash ${headHash}`
          : `The audit log is not intact: entry ${problem?.number ?? 0} was ${problem?.kind ?? 'changed'}.`,
      );
      if (!intact) process.exitCode = 1;
    },
  },
  {
    words: 'audit export',
    summary: 'Write the audit log to a file, as JSON lines or CSV',
    arguments: ['<file>'],
    options: { ...filters, '--format <format>': ['jsonl or csv', 'jsonl'] },
    run: async (context, [file = ''], values) => {
      const format = text(values, 'format') ?? 'jsonl';
      if (format !== 'jsonl' && format !== 'csv') throw new OstlerError('BAD_REQUEST', { problem: 'the format is jsonl or csv' });
      let entries = 0;
      async function* lines(): AsyncGenerator<string> {
        if (format === 'csv') yield `${columns.join(',')}\r\n`;
        for await (const entry of allEntries(context, values)) {
          entries += 1;
          yield format === 'csv' ? `${csvLine(entry)}\r\n` : `${JSON.stringify(entry)}\n`;
        }
      }
      await writeFile(file, lines(), { mode: 0o600 });
      context.output.result({ file, entries }, () => `${entries} entries are in ${file}.`);
    },
  },
];
