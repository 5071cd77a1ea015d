/** Questions to the person at the computer: the password, and the menu of available deployments. */
import type { HelloAnswer } from '@ostler/contract';
import type { ComputerIdentity } from './screen-state.ts';
import type { Screen } from './screen.ts';

type Entries = Extract<HelloAnswer, { state: 'ready' }>['menu'];

/** Asks for the password; what is typed is never shown. Settles with Enter. */
export async function askPassword(
  screen: Pick<Screen, 'show' | 'nextKey'>,
  computer: ComputerIdentity,
  message: string,
  signal: AbortSignal,
): Promise<string> {
  let typed = '';
  for (;;) {
    screen.show({ view: 'password', computer, typed: typed.length, message });
    const key = await screen.nextKey(signal);
    if (key.kind === 'enter' && typed !== '') return typed;
    if (key.kind === 'text') typed += key.text;
    if (key.kind === 'backspace') typed = typed.slice(0, -1);
    if (key.kind === 'escape') typed = '';
  }
}

/** Waits, for as long as it takes, until one entry is chosen. @returns its number, or null to go on to the disk. */
export async function askMenu(screen: Pick<Screen, 'show' | 'nextKey'>, entries: Entries, signal: AbortSignal): Promise<number | null> {
  let selected = 0;
  let digits = '';
  for (;;) {
    screen.show({ view: 'menu', entries, selected });
    const key = await screen.nextKey(signal);
    if (key.kind === 'enter') return selected;
    if (key.kind === 'escape') return null;
    if (key.kind === 'up') selected = (selected + entries.length - 1) % entries.length;
    if (key.kind === 'down') selected = (selected + 1) % entries.length;
    digits = key.kind === 'text' && /^\d$/.test(key.text) ? digits + key.text : '';
    const wanted = entries[Number(digits) - 1] === undefined ? Number(digits.slice(-1)) : Number(digits);
    if (entries[wanted - 1] !== undefined) selected = wanted - 1;
  }
}
