/** Types at a machine's serial port: a person at the other end of the line. What comes back is in the serial log. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SerialKeyboard extends Disposable {
  /** As a terminal sends it: `\r` is Enter, `\u001B` Esc. */
  type(text: string, signal: AbortSignal): Promise<void>;
}

/** Apart like a person's keys: an Esc is no longer the beginning of another key. */
const betweenKeysMs = 150;

/** Connects with the first key, and keeps the line: what the machine writes meanwhile is read, or it would wait. */
export function serialKeyboardAt(socketPath: string): SerialKeyboard {
  let line: Socket | null = null;
  return {
    type: async (text, signal) => {
      line ??= await connected(socketPath);
      for (const key of text) {
        line.write(key);
        await sleep(betweenKeysMs, undefined, { signal });
      }
    },
    [Symbol.dispose]: () => {
      line?.destroy();
      line = null;
    },
  };
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path).resume();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  // A machine that is switched off ends the line.
  socket.on('error', () => undefined);
  return socket;
}
