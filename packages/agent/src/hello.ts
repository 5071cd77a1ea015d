/** The machine names itself and proves itself: said again and again until the site has decided. */
import { setTimeout } from 'node:timers/promises';
import { OstlerError, type DeviceFacts, type Hello, type HelloAnswer } from '@ostler/contract';
import type { Log } from './log.ts';
import { askPassword } from './screen/ask.ts';
import type { Screen } from './screen/screen.ts';
import type { ComputerIdentity } from './screen/screen-state.ts';
import type { ServerLink } from './server-link.ts';

export type Ready = Extract<HelloAnswer, { state: 'ready' }>;

export interface HelloOptions {
  readonly link: Pick<ServerLink, 'call'>;
  readonly screen: Pick<Screen, 'show' | 'nextKey'>;
  readonly log: Log;
  readonly facts: DeviceFacts;
  readonly bootMacAddress: string | null;
  readonly bootImageId: string | null;
  readonly claim: string;
  readonly signal: AbortSignal;
}

/** What to do after an answer: stop with it, or ask again, perhaps with a password. */
type Next = { readonly ready: Ready } | { readonly password?: string };
type Reactions = {
  readonly [S in HelloAnswer['state']]: (answer: Extract<HelloAnswer, { state: S }>, options: HelloOptions) => Promise<Next>;
};

const reactions: Reactions = {
  'waiting-for-approval': async ({ deviceName, pollSeconds }, { screen, facts, signal }) => {
    screen.show({ view: 'waiting', computer: identityOf(facts, deviceName) });
    await setTimeout(Math.max(1, pollSeconds) * 1000, undefined, { signal });
    return {};
  },
  'password-required': async ({ wrong, retryAfterSeconds }, { screen, facts, signal }) => {
    const computer = identityOf(facts, '');
    for (let left = retryAfterSeconds; left > 0; left -= 1) {
      screen.show({ view: 'message', title: 'Too many wrong passwords', lines: [`The next try is possible in ${left} seconds.`] });
      await setTimeout(1000, undefined, { signal });
    }
    const password = await askPassword(screen, computer, wrong ? 'The password was wrong.' : '', signal);
    // A console that only appends tells what is new: another wrong password is so only after something else.
    screen.show({ view: 'message', title: 'Password', lines: ['Asking the site.'] });
    return { password };
  },
  refused: async ({ reason }) => {
    throw new OstlerError('AGENT_REFUSED', { reason });
  },
  ready: async (ready) => ({ ready }),
};

/** @throws OstlerError AGENT_REFUSED, and what the server refuses. */
export async function sayHello(options: HelloOptions): Promise<Ready> {
  const { link, log, facts, bootMacAddress, bootImageId, claim, signal } = options;
  const hello: Hello = { facts, environment: 'boot-image', bootMacAddress, bootImageId, claim };
  let password: string | undefined;
  for (;;) {
    const body = password === undefined ? hello : { ...hello, password };
    const answer = await link.call('agent.hello', { body }, { signal, patienceMs: Number.POSITIVE_INFINITY });
    log.info({ state: answer.state }, 'the site answered');
    // Safe: the table has, for each state, the function that takes exactly this answer.
    const react = reactions[answer.state] as (answer: HelloAnswer, options: HelloOptions) => Promise<Next>;
    const next = await react(answer, options);
    if ('ready' in next) return next.ready;
    ({ password } = next);
  }
}

function identityOf({ macAddresses, smbiosUuid, serialNumber }: DeviceFacts, name: string): ComputerIdentity {
  return {
    name: name || 'not known yet',
    macAddress: macAddresses.join(', ') || 'none',
    smbiosUuid: smbiosUuid ?? 'none',
    serialNumber: serialNumber || 'none',
  };
}
