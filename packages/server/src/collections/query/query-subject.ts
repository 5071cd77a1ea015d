/** A device as compiled queries take it: made once, asked by many. */
import type { QueriedDevice } from '@ostler/contract';

export interface QuerySubject {
  readonly device: QueriedDevice;
  /** What the interpreter takes: each value is made of the device's when it is asked for. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What shortcuts have read of the device (shortcut.ts). */
  readonly known: unknown[];
}
