/** Leads the person at the computer from the menu to a run: shows the pages, and asks the site what they need. */
import { isOstlerError, toErrorBody } from '@ostler/contract';
import type { Ready } from '../hello.ts';
import type { ServerLink } from '../server-link.ts';
import { askNetwork, nextKeyWithin, type NetworkWorld } from './ask-network.ts';
import type { Form } from './form.ts';
import {
  afterPlan,
  answersOf,
  firstState,
  isRequired,
  missingContent,
  questionsOf,
  type Effect,
  type Turn,
  type WizardState,
} from './page.ts';
import { pages } from './pages.ts';

export interface WizardWorld extends NetworkWorld {
  /** With the key that the site gave. */
  readonly link: Pick<ServerLink, 'call'>;
  /** So often a required deployment that nobody attends to asks whether it can begin now. */
  readonly askAgainSeconds: number;
}

/** A person is there: who waits longer wants to know. */
const patienceMs = 30_000;

/**
 * Waits for as long as it takes: until then the disk is untouched. A required deployment that nobody attends to begins by itself as soon
 * as it needs no person any more.
 * @returns the run, or null: the computer goes on to its disk
 */
export async function runWizard(menu: Ready['menu'], world: WizardWorld, signal: AbortSignal): Promise<string | null> {
  const { network } = world;
  const first = firstState(menu, network !== null);
  let typed: Form | null = null;
  let turn: Turn = isRequired(first) ? { state: first, effect: 'plan' } : { state: first };
  for (;;) {
    if (turn.effect === 'leave') return null;
    if (turn.effect === undefined) {
      turn = await waitForTurn(turn.state, world, signal);
      continue;
    }
    if (turn.effect === 'network') {
      if (network !== null) typed = await askNetwork(typed, { ...world, network }, signal);
      turn = { state: turn.state };
      continue;
    }
    const done = await attempt(turn.effect, turn.state, world, signal);
    if (done.runId !== null) return done.runId;
    turn = beginsByItself(done.state) ? { state: done.state, effect: 'begin' } : { state: done.state };
  }
}

async function waitForTurn(state: WizardState, world: WizardWorld, signal: AbortSignal): Promise<Turn> {
  world.screen.show(pages[state.page].view(state));
  const unattended = isRequired(state) && !state.attended;
  const key = await nextKeyWithin(unattended ? world.askAgainSeconds : null, world.screen, signal);
  return key === null ? { state, effect: 'plan' } : pages[state.page].press({ ...state, attended: true }, key);
}

/** Only what was just planned, for a computer that nobody attends to. */
function beginsByItself(state: WizardState): boolean {
  if (!isRequired(state) || state.attended || state.plan === null || state.note !== '') return false;
  return missingContent(state).length === 0 && questionsOf(state).every(({ optional }) => optional);
}

/** What the site is asked. */
type AskedOfSite = Exclude<Effect, 'leave' | 'network'>;
interface Done {
  readonly state: WizardState;
  /** Once it has begun. */
  readonly runId: string | null;
}
type Effects = {
  readonly [E in AskedOfSite]: (deploymentId: string, state: WizardState, world: WizardWorld, signal: AbortSignal) => Promise<Done>;
};

const effects: Effects = {
  plan: async (id, state, { link }, signal) => {
    const plan = await link.call('agent.plan', { params: { id } }, { signal, patienceMs });
    const planned = afterPlan(state, plan);
    const waits = isRequired(planned) && !planned.attended && missingContent(planned).length > 0;
    return { state: waits ? { ...planned, note: 'It is asked again every minute.' } : planned, runId: null };
  },
  begin: async (deploymentId, state, { link, log }, signal) => {
    const answers = answersOf(state);
    log.info({ deploymentId, variables: answers.map(({ name }) => name) }, 'the deployment is started on the target');
    const { runId } = await link.call('agent.choose', { body: { deploymentId, answers } }, { signal, patienceMs });
    return { state, runId };
  },
};

/** What the site refuses is said on the page; the person goes back, or tries again. */
async function attempt(effect: AskedOfSite, state: WizardState, world: WizardWorld, signal: AbortSignal): Promise<Done> {
  const chosen = state.menu[state.selected];
  world.screen.show({ view: 'message', title: chosen?.name ?? '', lines: ['Asking the site.'] });
  try {
    return await effects[effect](chosen?.deploymentId ?? '', state, world, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isOstlerError(error)) throw error;
    world.log.warn({ err: error }, 'the site refused what the wizard asked');
    return { state: { ...state, note: toErrorBody(error).message }, runId: null };
  }
}
