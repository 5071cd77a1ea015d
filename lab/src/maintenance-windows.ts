/** Maintenance windows of a stage's site. They begin at full minutes, by the clock that the lab and the server share. */
import type { Stage } from './stage.ts';

export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** Adds one to the collection. @returns its id */
export async function addWindow(
  { site, signal }: Pick<Stage, 'site' | 'signal'>,
  collectionId: string,
  { startMs, name, durationMinutes }: { readonly name: string; readonly startMs: number; readonly durationMinutes: number },
): Promise<string> {
  const body = { name, startAt: new Date(startMs).toISOString().slice(0, 16), timeZone: 'UTC', durationMinutes };
  return (await site.call('maintenanceWindows.add', { params: { id: collectionId }, body }, signal)).id;
}

/** The beginning of that minute. */
export function fullMinute(timeMs: number): number {
  return Math.floor(timeMs / minuteMs) * minuteMs;
}

/** For a window that opens while the scenario waits: in half a minute at least, and a minute and a half at most. */
export function soonMs(): number {
  return fullMinute(Date.now() + minuteMs / 2) + minuteMs;
}
