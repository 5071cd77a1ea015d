/** Questions to the person at the computer: the password, and what to do after a failure. */
import { setTimeout } from 'node:timers/promises';
import type { ComputerIdentity, FailedView } from './screen-state.ts';
import type { Screen } from './screen.ts';

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

/** What a person wants after a failure. */
export type AfterFailure = 'retry' | 'shell' | 'upload' | 'restart';

const letters: Readonly<Record<string, AfterFailure>> = { r: 'retry', s: 'shell', l: 'upload' };

/** Counts down and waits for a key that is offered: a letter, or Enter to restart. Settles with `byItself` when the time is over: nobody is there. */
export async function askAfterFailure(
  screen: Pick<Screen, 'show' | 'nextKey'>,
  failed: FailedView,
  { seconds, byItself }: { readonly seconds: number; readonly byItself: AfterFailure },
  signal: AbortSignal,
): Promise<AfterFailure> {
  const over = new AbortController();
  const offered = failed.choices.map(({ key }) => letters[key.toLowerCase()]);
  const chosen = waitForChoice(screen, offered, AbortSignal.any([signal, over.signal]));
  // The wait that nobody ended rejects when the time is over, and nobody waits for it then.
  chosen.catch(() => undefined);
  try {
    for (let secondsLeft = seconds; secondsLeft > 0; secondsLeft -= 1) {
      screen.show({ ...failed, secondsLeft });
      const choice = await Promise.race([chosen, setTimeout(1000, null, { signal })]);
      if (choice !== null) return choice;
    }
    return byItself;
  } finally {
    over.abort();
  }
}

async function waitForChoice(
  screen: Pick<Screen, 'nextKey'>,
  offered: readonly (AfterFailure | undefined)[],
  signal: AbortSignal,
): Promise<AfterFailure> {
  for (;;) {
    const key = await screen.nextKey(signal);
    if (key.kind === 'enter') return 'restart';
    const wanted = key.kind === 'text' ? letters[key.text.toLowerCase()] : undefined;
    if (wanted !== undefined && offered.includes(wanted)) return wanted;
  }
}
