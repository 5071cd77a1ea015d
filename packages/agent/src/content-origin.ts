/** Where the content of a step came from, in its status messages: a fact of the step, and a note for each source that sent something else. */
import { formatBytes, OstlerError, toErrorBody } from '@ostler/contract';
import type { EngineEvent } from '@ostler/task-sequence';
import type { ContentAccess, Delivered } from './content-access.ts';

const ends: readonly EngineEvent['kind'][] = ['step-succeeded', 'step-failed'];
/** As a fact of a status message may be. */
const factChars = 1000;

/** The event, with what came before it. Only the end of a step says where its content came from. */
export function withOrigins(event: EngineEvent, content: Pick<ContentAccess, 'takeDeliveries'>): readonly EngineEvent[] {
  if (!ends.includes(event.kind)) return [event];
  const delivered = content.takeDeliveries();
  if (delivered.length === 0) return [event];
  const contentFrom = originText(delivered);
  const facts = contentFrom === '' ? event.facts : { ...event.facts, contentFrom: contentFrom.slice(0, factChars) };
  return [...delivered.flatMap((each) => notesOf(each, event)), { ...event, facts }];
}

/** `Berlin 300.0 MiB, the site 20.0 MiB`. */
function originText(delivered: readonly Delivered[]): string {
  const bytes = new Map<string, number>();
  for (const { from } of delivered) for (const each of from) bytes.set(each.name, (bytes.get(each.name) ?? 0) + each.bytes);
  return [...bytes].map(([name, sum]) => `${name} ${formatBytes(sum)}`).join(', ');
}

function notesOf({ ref, liars }: Delivered, event: EngineEvent): EngineEvent[] {
  return liars.map(({ name, url, actualSha256 }) => {
    const error = toErrorBody(new OstlerError('CONTENT_HASH_MISMATCH', { source: url, expected: ref.sha256, actual: actualSha256 }));
    const output = `${name} sent content that is not the one asked for. It is not asked again.`;
    return { ...event, kind: 'note', exitCode: null, durationMs: null, output, error, facts: {} };
  });
}
