/** A person at a machine's serial line: reads the pages as text, one after another, and types. */
import type { Machine } from './machine.ts';
import type { Stage } from './stage.ts';

export interface Person {
  /** Waits for lines on the serial port, in this order, after what was seen before. */
  sees(lines: readonly string[]): Promise<void>;
  types(keys: string): Promise<void>;
}

/** As a terminal sends them. */
export const keys = { enter: '\r', escape: '\u001B', backspace: '\u007F' } as const;
/** Ctrl+L shows the page again: the emulated line now and then doubles a character. */
const showAgain = '\f';
const lookAgainAfterMs = 45_000;

type Told = Pick<Stage, 'signal' | 'log' | 'check'>;

/** @param unseen what is typed and must be on no page; it is not in the lab's log either */
export function personAt(stage: Told, machine: Machine, unseen: readonly string[]): Person {
  const { signal, log } = stage;
  let from = 0;
  return {
    sees: async (lines) => {
      const pattern = new RegExp(lines.map((line) => `^${RegExp.escape(line)}`).join(String.raw`[\s\S]*?`), 'm');
      const { index, 0: shown } = await lookFor(machine, pattern, from, stage);
      from += index + shown.length;
      stage.check(!unseen.some((word) => shown.includes(word)), `the page is as expected: ${lines[0]?.trim() ?? ''}`);
    },
    types: async (text) => {
      const masked = unseen.reduce((shown, word) => shown.replaceAll(word, '********'), text);
      log(`types ${JSON.stringify(masked)}`);
      await machine.typeOnSerial(text, signal);
    },
  };
}

/** A page that does not come is asked for again, as a person would; the first one comes when the computer has started. @throws the signal's reason */
async function lookFor(machine: Machine, pattern: RegExp, from: number, { signal, log }: Told): Promise<RegExpExecArray> {
  if (from === 0) return machine.serial.waitFor(pattern, from, signal);
  for (;;) {
    const patience = AbortSignal.timeout(lookAgainAfterMs);
    try {
      return await machine.serial.waitFor(pattern, from, AbortSignal.any([signal, patience]));
    } catch (error) {
      signal.throwIfAborted();
      if (!patience.aborted) throw error;
      log('asks for the page again');
      await machine.typeOnSerial(showAgain, signal);
    }
  }
}
