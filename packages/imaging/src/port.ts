/** What every operation on disks and images needs from its caller: a way to stop it, to follow it and to log it. */

/** One step of progress. `activity` is a short phrase for people, such as "Applying files". */
export interface Progress {
  readonly activity: string;
  readonly done: number;
  /** 0 when the end is not known. */
  readonly total: number;
  readonly unit: 'bytes' | 'items';
}

/** The caller's side of a long operation. */
export interface ImagingPort {
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
  /** A static sentence, and its data. Never a secret. */
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}
