/**
 * The agent as a resident of an installed system: it asks the site for policy until there is a run for this computer, then gives way to it. What
 * the run does is run-sequence.ts, as for every run.
 */
import { setTimeout } from 'node:timers/promises';
import { askedToWaitMs, isOstlerError, type ClientPolicy } from '@ostler/contract';
import type { AgentFile, ClientFile } from '../config.ts';
import type { Log } from '../log.ts';
import type { ServerLink } from '../server-link.ts';
import { nothingWanted, type Order, type PreDownload } from './pre-download.ts';
import type { RestartTries } from './restart-tries.ts';

export interface ResidentWorld {
  readonly client: ClientFile;
  /** With the client's key. */
  readonly link: Pick<ServerLink, 'call'>;
  readonly log: Log;
  /** Rings when somebody at the computer wants the site to be asked at once. */
  readonly bell: Bell;
  readonly tries: RestartTries;
  /** Fetches what coming runs need while this waits for them. */
  readonly preDownload: Pick<PreDownload, 'want' | 'stop'>;
  readonly restartIntoBootImage: () => Promise<void>;
  /** Settles when the program is the one that the site has; ends the process where it had to be replaced. @throws where that fails */
  readonly keepProgram: (sha256: string) => Promise<void>;
}

/** Where the site does not answer: how soon it is asked again, a tenth more or less for each computer. */
const noAnswerSeconds = 60;
/** A key that has ended does not come back: the site is asked now and then, for a person may have enrolled the client anew. */
const endedKeySeconds = 3600;

/** @returns the run of this computer that is to begin, or to go on; `restarting`: the computer has been told to restart for it */
export async function waitForRun(world: ResidentWorld, signal: AbortSignal): Promise<AgentFile | 'restarting'> {
  for (;;) {
    const { policy, order, nextSeconds } = await poll(world, signal);
    // The run has the network and the disk for itself.
    if (policy !== null && policy.run !== null) await world.preDownload.stop();
    const run = policy === null ? null : await take(policy, world);
    if (run !== null) return run;
    if (order !== null) await world.preDownload.want(order, signal);
    await world.bell.wait(nextSeconds * 1000, signal);
  }
}

interface Answer {
  readonly policy: ClientPolicy | null;
  /** What is to be fetched before runs; null: what the site said last. */
  readonly order: Order | null;
  readonly nextSeconds: number;
}

async function poll({ link, log, client }: ResidentWorld, signal: AbortSignal): Promise<Answer> {
  try {
    const policy = await link.call('client.poll', {}, { signal, patienceMs: 0 });
    return { policy, order: policy, nextSeconds: policy.pollSeconds };
  } catch (error) {
    signal.throwIfAborted();
    const ended = isOstlerError(error) && error.code === 'UNAUTHENTICATED';
    const askedMs = askedToWaitMs(error);
    log.warn({ err: error, server: client.server, ended }, 'the site gave no policy');
    // Without a key nothing here is meant for this computer any more.
    if (ended) return { policy: null, order: nothingWanted, nextSeconds: endedKeySeconds };
    const nextSeconds = askedMs > 0 ? askedMs / 1000 : noAnswerSeconds * (0.9 + Math.random() * 0.2);
    return { policy: null, order: null, nextSeconds };
  }
}

/** A run of the boot environment is restarted into; where the computer comes back here again and again, the run says so and fails. */
async function take({ agent, run }: ClientPolicy, world: ResidentWorld): Promise<AgentFile | 'restarting' | null> {
  const { client, log, tries } = world;
  try {
    await world.keepProgram(agent.sha256);
  } catch (error) {
    log.warn({ err: error }, 'the program of the client could not be replaced');
  }
  if (run === null) return null;
  const { runId, key, environment } = run;
  log.info({ runId, environment }, 'the site has a run for this computer');
  if (environment === 'boot-image' && (await tries.another(runId))) {
    await world.restartIntoBootImage();
    return 'restarting';
  }
  const { server, ca, networkBootEntry } = client;
  return { server, key, runId, ca, bootImageId: null, networkBootEntry, shownOnConsole: false };
}

/** A wait that can be cut short. */
export class Bell {
  #ring: () => void = () => undefined;
  /** It rang while nobody waited: the next wait is over at once. */
  #rang = false;

  ring(): void {
    this.#rang = true;
    this.#ring();
  }

  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    const rung = new AbortController();
    this.#ring = () => rung.abort();
    if (!this.#rang) await setTimeout(waitMs, undefined, { signal: AbortSignal.any([signal, rung.signal]) }).catch(() => undefined);
    this.#ring = () => undefined;
    this.#rang = false;
    signal.throwIfAborted();
  }
}
