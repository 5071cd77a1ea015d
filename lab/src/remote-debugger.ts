/** The site's end of the debugger of one run: gives it commands, and waits until the run has stopped where it should. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type DebugSession, type GiveDebugCommand, type NodePath } from '@ostler/contract';
import type { Stage } from './stage.ts';

export interface RemoteDebugger {
  /** Settles when the computer has taken it. @throws Error when it was refused */
  tell(body: GiveDebugCommand): Promise<void>;
  /** The code of the error that it is refused with; null: it was not. */
  refusal(body: GiveDebugCommand): Promise<string | null>;
  /** Settles when the run waits there, and its computer has told what it shows. */
  waitsAt(stop: number, path: NodePath): Promise<DebugSession>;
}

/** @param id the run's */
export function remoteDebugger({ site, signal }: Stage, id: string): RemoteDebugger {
  const session = () => site.call('runs.debugger', { params: { id } }, signal);
  const until = async (wanted: (now: DebugSession) => boolean): Promise<DebugSession> => {
    for (;;) {
      const now = await session();
      if (wanted(now)) return now;
      if (now.runState !== 'running') throw new Error(`The run has ended: it is ${now.runState}.`);
      await sleep(500, undefined, { signal });
    }
  };
  const give = (body: GiveDebugCommand) => site.call('runs.debug', { params: { id }, body }, signal);
  return {
    tell: async (body) => {
      const { order } = await give(body);
      const taken = await until(({ pending }) => !pending.includes(order));
      const error = taken.settled.find(({ number }) => number === order)?.error ?? null;
      if (error !== null) throw new Error(`${body.command} was refused: ${error.message}`);
    },
    refusal: async (body) => {
      try {
        await give(body);
        return null;
      } catch (error) {
        if (error instanceof ApiError) return error.body.code;
        throw error;
      }
    },
    waitsAt: (stop, path) =>
      until((now) => {
        const current = now.steps.find((step) => step.current)?.path ?? [];
        return now.stop === stop && now.variables !== null && current.join('.') === path.join('.');
      }),
  };
}
