/** The only place of the lab that prints: progress with the time since the start, results, and machine-readable results. */
import { formatDuration } from './table.ts';

export interface Output {
  /** A line of progress, with the time since the lab began. With `--json` it goes to standard error. */
  progress(subject: string, text: string): void;
  /** Text as it is; to standard error with `--json`. */
  print(text: string): void;
  /** Results for programs, with `--json` only. */
  json(value: unknown): void;
}

export function createOutput(json: boolean): Output {
  const begunAt = performance.now();
  const print = (text: string): void => {
    if (json) console.error(text);
    else console.log(text);
  };
  return {
    progress: (subject, text) => print(`${formatDuration(performance.now() - begunAt).padStart(12)}  ${subject.padEnd(20)} ${text}`),
    print,
    json: (value) => {
      if (json) console.log(JSON.stringify(value, null, 2));
    },
  };
}
