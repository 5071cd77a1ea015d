/** wimlib-imagex (wimtools): starts it, follows its progress, and turns its exit codes into errors of the catalogue. */
import { OstlerError } from '@ostler/contract';
import type { ImagingPort, Progress } from '../port.ts';
import { run } from '../run.ts';

export interface WimlibCall {
  /** `capture`, `apply`, … and its arguments. */
  readonly args: readonly string[];
  /** The image file, for errors. */
  readonly wim: string;
  /** Where it writes, for errors. */
  readonly destination: string;
  /** In the same words the caller's progress uses, such as "Applying files". */
  readonly activity: string;
}

/** @throws OstlerError IMAGE_CORRUPT, IMAGE_ENCRYPTED, IMAGE_TARGET_FULL …, else COMMAND_FAILED */
export async function runWimlib(call: WimlibCall, port: ImagingPort): Promise<void> {
  const follow = progressReader(call.activity, port.report);
  const { signal } = port;
  try {
    await run('wimlib-imagex', call.args, { signal, onOutput: (text, stream) => void (stream === 'stdout' && follow(text)) });
  } catch (error) {
    throw isFailure(error) ? meaningOf(error, call) : error;
  }
}

/**
 * Reads wimlib's progress from pieces of its output, which end anywhere. Updates are separated by carriage returns:
 * `Extracting file data: 12 MiB of 89 MiB (13%) done`, `Creating files: 5 of 30 (16%) done`, `29 MiB scanned (1 files, …`.
 * (The same in 1.13 and 1.14, on a terminal or not.)
 */
export function progressReader(activity: string, report: (progress: Progress) => void): (text: string) => void {
  let rest = '';
  let last = '';
  return (text) => {
    const lines = (rest + text).split(/[\r\n]/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const progress = parseProgress(line, activity);
      const key = JSON.stringify(progress);
      if (progress !== undefined && key !== last) {
        last = key;
        report(progress);
      }
    }
  };
}

const unitBytes: Readonly<Record<string, number>> = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };
const amountPattern =
  /^(?<what>[A-Z][\w ]*): (?<done>\d+) (?:(?<unit>bytes|[KMGT]iB) )?of (?<total>\d+) (?:\k<unit> )?\((?<percent>\d+)%\)/;
const scanPattern = /^(?<done>\d+) (?<unit>bytes|[KMGT]iB) scanned/;
const otherActivities: Readonly<Record<string, string>> = {
  'Creating files': 'Creating files',
  'Applying metadata to files': 'Setting file properties',
};

function parseProgress(line: string, activity: string): Progress | undefined {
  const scanned = scanPattern.exec(line)?.groups;
  if (scanned !== undefined) {
    return { activity: 'Scanning files', done: Number(scanned['done']) * (unitBytes[scanned['unit'] ?? ''] ?? 1), total: 0, unit: 'bytes' };
  }
  const found = amountPattern.exec(line)?.groups;
  if (found === undefined) return undefined;
  const scale = found['unit'] === undefined ? 1 : (unitBytes[found['unit']] ?? 1);
  const total = Number(found['total']) * scale;
  // wimlib rounds down to whole GiB above 10 GiB; the percentage is then the finer number.
  const done = Math.min(total, Math.max(Number(found['done']) * scale, Math.floor((total * Number(found['percent'])) / 100)));
  const unit = found['unit'] === undefined ? 'items' : 'bytes';
  return { activity: otherActivities[found['what'] ?? ''] ?? activity, done, total, unit };
}

/** Exit codes of wimlib-imagex are wimlib's error codes (wimlib.h, enum wimlib_error_code). */
const damaged: Readonly<Record<number, string>> = {
  2: 'a piece of it cannot be decompressed',
  13: 'its integrity table does not match',
  17: 'its header is not valid',
  19: 'its integrity table is not valid',
  20: 'its table of contents is not valid',
  21: 'the list of files in it is not valid',
  28: 'a file in it does not match its SHA-1 hash',
  36: 'the list of files in it is missing',
  55: 'a file in it is missing',
  65: 'it ends too early',
  73: 'its description is not valid',
};
const encrypted = 74;

function isFailure(error: unknown): error is OstlerError {
  return error instanceof OstlerError && error.code === 'COMMAND_FAILED';
}

function meaningOf(error: OstlerError, { wim, destination, activity }: WimlibCall): OstlerError {
  const exitCode = Number(error.details['exitCode']);
  const output = String(error.details['output'] ?? '');
  const cause = { cause: error };
  if (/No space left on device/i.test(output)) {
    return new OstlerError('IMAGE_TARGET_FULL', { path: destination, activity: activity.toLowerCase() }, cause);
  }
  if (exitCode === encrypted) return new OstlerError('IMAGE_ENCRYPTED', { path: wim }, cause);
  const problem = damaged[exitCode];
  return problem === undefined
    ? error
    : new OstlerError('IMAGE_CORRUPT', { path: wim, problem: `${problem}. ${firstError(output)}`.trim() }, cause);
}

function firstError(output: string): string {
  const line = output.split(/[\r\n]+/).find((each) => each.startsWith('[ERROR]'));
  return line === undefined ? '' : line.replace('[ERROR] ', '');
}
