/** docs/reference/events.md, from the contract's table of kinds of events. */
import { EventKind, eventKinds } from '@ostler/contract';
import { code, page, section, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

export function eventsPage(): string {
  const sections = EventKind.options.map((kind) => {
    const { summary, data } = eventKinds[kind];
    const rows = schemaRows(data).map(({ path, type }) => [code(path), type]);
    return section(kind, `${summary}.`, table(['In `data`', 'Type'], rows));
  });
  const introduction =
    'What webhooks are told, and people by e-mail in words: `{ "type": "run.failed", "timestamp": "2026-12-01T08:00:00.000Z", "data": { … } }`. The type `test` is a test.';
  return page('Events', introduction, ...sections);
}
