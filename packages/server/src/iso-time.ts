/** Times: milliseconds since 1970 in memory and in the database, ISO 8601 UTC on the wire. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

export function isoTimeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : isoTime(timeMs);
}
