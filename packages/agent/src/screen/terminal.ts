/** The consoles of this computer: opened, written to, read from. What is shown is render.ts and describe-change.ts. */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { decodeKeys, unfinishedKey, type Key } from './keys.ts';
import { smallestScreen } from './render.ts';
import type { ScreenSize } from './screen-state.ts';

/** A key, and the console that it came from. */
export type OnKey = (key: Key, path: string) => void;

export interface Terminal {
  readonly path: string;
  /** full: the whole screen is drawn again; lines: text is only appended. */
  readonly kind: 'full' | 'lines';
  write(text: string): void;
  /** Asked again and again: a console that gets its graphics driver later becomes larger. */
  size(): ScreenSize;
  close(): void;
}

/** A person who presses Esc does not press the next key within this time. */
const keyBytesWithinMs = 50;
const isScreen = /^\/dev\/tty\d+$/;

/** The screen, and every console that the kernel writes to, as device paths. */
export function kernelConsoles(): string[] {
  try {
    const names = readFileSync('/sys/class/tty/console/active', 'utf8').trim().split(/\s+/);
    return [...new Set([...names.map((name) => (name === 'tty0' ? 'tty1' : name)), 'tty1'])].map((name) => `/dev/${name}`);
  } catch {
    return ['/dev/tty1'];
  }
}

/**
 * Opens the consoles that exist. Keys come from all of them when `onKey` is given; what is typed is not echoed.
 * A console that cannot be opened is left out: a machine without a screen is deployed as well.
 */
export function openTerminals(paths: readonly string[], onKey: OnKey | null): Terminal[] {
  return paths.flatMap((path) => {
    try {
      return [openTerminal(path, onKey)];
    } catch {
      return [];
    }
  });
}

function openTerminal(path: string, onKey: OnKey | null): Terminal {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const input = onKey === null ? null : readKeys(path, onKey);
  return {
    path,
    kind: isScreen.test(path) ? 'full' : 'lines',
    write: (text) => {
      try {
        writeSync(fd, text);
      } catch {
        // A console that has gone away must not end a deployment.
      }
    },
    size: () => sizeOf(path),
    close: () => {
      input?.destroy();
      closeSync(fd);
    },
  };
}

/** A console that does not say, or says less than every screen has, is taken for the smallest. */
function sizeOf(path: string): ScreenSize {
  try {
    const stream = new WriteStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
    const [columns, rows] = stream.getWindowSize();
    stream.destroy();
    return { columns: Math.max(columns, smallestScreen.columns), rows: Math.max(rows, smallestScreen.rows) };
  } catch {
    return smallestScreen;
  }
}

function readKeys(path: string, onKey: OnKey): ReadStream {
  const stream = new ReadStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  stream.setRawMode(true);
  stream.setEncoding('utf8');
  let begun = '';
  let timer: NodeJS.Timeout | undefined;
  const take = (input: string): void => {
    for (const key of decodeKeys(input)) onKey(key, path);
  };
  stream.on('data', (text: string) => {
    clearTimeout(timer);
    const input = begun + text;
    begun = unfinishedKey(input);
    take(input.slice(0, input.length - begun.length));
    if (begun === '') return;
    timer = setTimeout(() => {
      take(begun);
      begun = '';
    }, keyBytesWithinMs);
  });
  stream.on('error', () => undefined);
  return stream;
}
