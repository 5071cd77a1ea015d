/** Notes that a computer waits for approval or was approved, for those who are told of it. */
import { recordEvent } from '../events/record-event.ts';
import type { Queries } from './store.ts';

/** Call it inside the transaction that changes its state. */
export async function noteDevice(
  sql: Queries,
  kind: 'device.waiting' | 'device.approved',
  { id, name }: { readonly id: string; readonly name: string },
  nowMs: number,
): Promise<void> {
  await recordEvent(sql, kind, { data: { device: { id, name } }, nowMs, deviceId: id });
}
