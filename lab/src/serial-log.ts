/** Reads what a machine writes to its serial port, from a file that grows, and waits for words in it. */
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SerialLog {
  readonly path: string;
  /** Everything so far, without the terminal's control sequences. */
  read(): Promise<string>;
  /** Where the log ends now: give it to `waitFor` to look only at what comes after. */
  mark(): Promise<number>;
  /**
   * Waits until the pattern is in the log after `from`, and answers the match.
   * @throws AbortError when the signal aborts first
   */
  waitFor(pattern: RegExp, from: number, signal: AbortSignal): Promise<RegExpExecArray>;
}

const lookEveryMs = 250;

export function serialLogAt(path: string): SerialLog {
  const read = async (): Promise<string> => plainText(await readWhole(path));
  return {
    path,
    read,
    mark: async () => (await read()).length,
    waitFor: async (pattern, from, signal) => {
      for (;;) {
        const match = pattern.exec((await read()).slice(from));
        if (match !== null) return match;
        await sleep(lookEveryMs, undefined, { signal });
      }
    },
  };
}

async function readWhole(path: string): Promise<string> {
  const file = await open(path).catch(() => null);
  if (file === null) return '';
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Text as a person would read it: no escape sequences, no carriage returns. A sequence that is not complete yet is left out,
 * so a longer log always begins with the shorter one.
 */
export function plainText(raw: string): string {
  return (
    raw
      // eslint-disable-next-line no-control-regex -- control characters are what this is about
      .replaceAll(/\u001B(?:\[[0-9;=?]*(?:[A-Za-z]|$)|[()][0-9A-B]|[=>78cDEM]|$)/g, '')
      // eslint-disable-next-line no-control-regex -- as above
      .replaceAll(/[\u0000\r]/g, '')
  );
}
