/** A small client of QEMU's machine protocol (QMP): one command at a time, and the events in between. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const Message = z.union([
  z.object({ return: z.unknown(), id: z.number() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  z.object({ event: z.string() }),
  z.object({ QMP: z.unknown() }),
]);
type Message = z.output<typeof Message>;

export interface Qmp extends Disposable {
  /** @throws Error with QEMU's words when it refuses */
  execute(command: string, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
  /** How often an event has come so far, for example `RESET`: a restart of the machine. */
  eventCount(name: string): number;
}

/** Connects as soon as QEMU has made its socket. */
export async function connectQmp(socketPath: string, signal: AbortSignal): Promise<Qmp> {
  const socket = await connectWhenThere(socketPath, signal);
  const events = new Map<string, number>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const take = (message: Message): void => {
    if ('event' in message) events.set(message.event, (events.get(message.event) ?? 0) + 1);
    if ('return' in message) waiting.get(message.id)?.resolve(message.return);
    if ('error' in message && message.id !== undefined) waiting.get(message.id)?.reject(new Error(message.error.desc));
  };
  const lines = createInterface(socket).on('line', (line) => take(Message.parse(JSON.parse(line))));
  const gone = new Error('The machine is off.');
  // A machine whose plug is pulled resets its connection; `close` follows and says all there is to say. readline passes the error on.
  for (const each of [socket, lines]) each.on('error', () => undefined);
  socket.on('close', () => waiting.forEach((each) => each.reject(gone)));
  let lastId = 0;
  const execute: Qmp['execute'] = async (command, args, signal) => {
    signal.throwIfAborted();
    if (socket.destroyed) throw gone;
    lastId += 1;
    const id = lastId;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    const abort = (): void => answer.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
      return await answer.promise;
    } finally {
      signal.removeEventListener('abort', abort);
      waiting.delete(id);
    }
  };
  await execute('qmp_capabilities', {}, signal);
  return { execute, eventCount: (name) => events.get(name) ?? 0, [Symbol.dispose]: () => void socket.destroy() };
}

async function connectWhenThere(path: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    if (await promise) return socket;
    await sleep(100, undefined, { signal });
  }
}
