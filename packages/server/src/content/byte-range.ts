/** Which bytes a request asks for (RFC 9110 §14): a single range; several, or a unit that is not bytes, get the whole. */

export interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** `end` is the last byte, as in the header. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

/** `etag` is a strong one: If-Range holds for it alone, never for a date or a weak tag. */
export function byteRangeOf({ range, ifRange }: RangeRequest, sizeBytes: number, etag: string): ByteRange {
  const match = ifRange === undefined || ifRange === etag ? /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') : null;
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') return suffixOf(Number(last), sizeBytes);
  return partOf(Number(first), last === '' ? sizeBytes - 1 : Number(last), sizeBytes);
}

/** An end before its start makes the header invalid: it is ignored. */
function partOf(start: number, end: number, sizeBytes: number): ByteRange {
  if (start >= sizeBytes) return { kind: 'unsatisfiable' };
  return end < start ? { kind: 'whole' } : { kind: 'part', start, end: Math.min(end, sizeBytes - 1) };
}

function suffixOf(lengthBytes: number, sizeBytes: number): ByteRange {
  if (lengthBytes === 0 || sizeBytes === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes - 1 };
}

/** Whether If-None-Match names this tag (weak comparison, RFC 9110 §13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
