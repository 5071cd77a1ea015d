/** Periods of reports: whole days, UTC. */
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';

export const dayMs = 86_400_000;
/** Of the fleet, where nobody says since when. */
const fleetDays = 30;

interface Period {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Days since 1970, both with it. A deployment or a task sequence has its whole time, the fleet the last days, unless it is said. */
export function daysOf(
  {
    since,
    until,
    deployment,
    taskSequence,
  }: Period & { readonly deployment?: string | undefined; readonly taskSequence?: string | undefined },
  nowMs: number,
): { readonly firstDay: number; readonly lastDay: number } {
  const today = Math.floor(nowMs / dayMs);
  const first = deployment === undefined && taskSequence === undefined ? today - fleetDays + 1 : 0;
  return { firstDay: since === undefined ? first : dayOf(since), lastDay: until === undefined ? today : dayOf(until) };
}

/** For the `where`: the time in the column is in the period. */
export function inPeriod(column: string, { since, until }: Period): RawBuilder<SqlBool> {
  const from = since === undefined ? raw`1 = 1` : raw`${raw.ref(column)} >= ${Date.parse(since)}`;
  const to = until === undefined ? raw`1 = 1` : raw`${raw.ref(column)} < ${Date.parse(until) + dayMs}`;
  return raw<SqlBool>`(${from} and ${to})`;
}

/** `2026-12-01`. */
export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function dayOf(date: string): number {
  return Math.floor(Date.parse(date) / dayMs);
}
