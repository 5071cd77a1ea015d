/** The consoles of this computer: opened, written to, read from. What is shown is render.ts and describe-change.ts. */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { decodeKeys, type Key } from './keys.ts';

export interface Terminal {
  /** full: the whole screen is drawn again; lines: text is only appended. */
  readonly kind: 'full' | 'lines';
  write(text: string): void;
  close(): void;
}

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
export function openTerminals(paths: readonly string[], onKey: ((key: Key) => void) | null): Terminal[] {
  return paths.flatMap((path) => {
    try {
      return [openTerminal(path, onKey)];
    } catch {
      return [];
    }
  });
}

function openTerminal(path: string, onKey: ((key: Key) => void) | null): Terminal {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const input = onKey === null ? null : readKeys(path, onKey);
  return {
    kind: isScreen.test(path) ? 'full' : 'lines',
    write: (text) => {
      try {
        writeSync(fd, text);
      } catch {
        // A console that has gone away must not end a deployment.
      }
    },
    close: () => {
      input?.destroy();
      closeSync(fd);
    },
  };
}

function readKeys(path: string, onKey: (key: Key) => void): ReadStream {
  const stream = new ReadStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  stream.setRawMode(true);
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    for (const key of decodeKeys(text)) onKey(key);
  });
  stream.on('error', () => undefined);
  return stream;
}
