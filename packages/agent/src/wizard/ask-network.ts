/** The page with the network settings, and the wait for a site that does not answer. */
import { setTimeout } from 'node:timers/promises';
import { isOstlerError, toErrorBody } from '@ostler/contract';
import type { BootNetwork } from '../boot-network.ts';
import type { Log } from '../log.ts';
import type { Key } from '../screen/keys.ts';
import type { Screen } from '../screen/screen.ts';
import type { ServerLink } from '../server-link.ts';
import { formItems, formKeys, pressForm, type Form } from './form.ts';
import { networkForm, readNetworkForm, type NetworkSettings } from './network-settings.ts';

export interface NetworkWorld {
  readonly screen: Pick<Screen, 'show' | 'nextKey'>;
  readonly log: Log;
  /** null: the network is not this agent's. */
  readonly network: BootNetwork | null;
}

const triedAgainSeconds = 5;

/** Settles when the site answers. Until then a person can set the network; what was typed is offered again. */
export async function reachSite(link: Pick<ServerLink, 'answers' | 'serverUrl'>, world: NetworkWorld, signal: AbortSignal): Promise<void> {
  const { screen, network } = world;
  if (network === null) return;
  let typed: Form | null = null;
  while (!(await link.answers(signal))) {
    screen.show({
      view: 'page',
      title: 'The site does not answer',
      lines: [link.serverUrl, '', 'It is tried again every few seconds.'],
      items: [],
      selected: 0,
      note: '',
      keys: [{ key: 'N', label: 'network settings' }],
    });
    const key = await nextKeyWithin(triedAgainSeconds, screen, signal);
    if (key?.kind === 'text' && key.text.toLowerCase() === 'n') typed = await askNetwork(typed, { ...world, network }, signal);
  }
}

/** Asks until the settings have been applied, or the person goes back. @returns what was typed, for the next time */
export async function askNetwork(
  before: Form | null,
  { screen, log, network }: NetworkWorld & { readonly network: BootNetwork },
  signal: AbortSignal,
): Promise<Form> {
  const adapters = await network.adapters();
  let form = before ?? networkForm(adapters);
  for (;;) {
    const lines = ['They are for this boot only. The installed system has its own.'];
    const shown = { selected: form.field, note: form.note, keys: formKeys(form, true) };
    screen.show({ view: 'page', title: 'Network settings', lines, items: formItems(form), ...shown });
    const turn = pressForm(form, await screen.nextKey(signal));
    ({ form } = turn);
    if (turn.end === 'back') return form;
    if (turn.end === null) continue;
    const read = readNetworkForm(form, adapters);
    if ('problem' in read) form = { ...form, field: read.field, note: read.problem };
    else {
      screen.show({ view: 'message', title: 'Network settings', lines: ['They are being applied.'] });
      const problem = await applied(read, network, log, signal);
      form = { ...form, field: 0, note: problem ?? '' };
      if (problem === null) return form;
    }
  }
}

/** @returns why not, or null */
async function applied(settings: NetworkSettings, network: BootNetwork, log: Log, signal: AbortSignal): Promise<string | null> {
  try {
    await network.apply(settings, signal);
    log.info({ ...settings }, 'network settings applied');
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (!isOstlerError(error)) throw error;
    log.warn({ err: error }, 'network settings could not be applied');
    return toErrorBody(error).message;
  }
}

/** @returns null when the time is over; `null` seconds are for ever */
export async function nextKeyWithin(seconds: number | null, screen: Pick<Screen, 'nextKey'>, signal: AbortSignal): Promise<Key | null> {
  if (seconds === null) return screen.nextKey(signal);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const key = screen.nextKey(either);
  // The wait that nobody ended rejects when the time is over, and nobody waits for it then.
  key.catch(() => undefined);
  const time = setTimeout(seconds * 1000, null, { signal: either });
  time.catch(() => undefined);
  try {
    return await Promise.race([key, time]);
  } finally {
    over.abort();
  }
}
