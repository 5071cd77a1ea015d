import { describe, expect, test } from 'vitest';
import { runInBootImage, type AgentWorld } from '../src/app.ts';
import type { Key } from '../src/screen/keys.ts';
import type { FailedView, ScreenView } from '../src/screen/screen-state.ts';
import { aFolder, anAssignment, facts, someDependencies, inventory } from './builders.ts';
import { startFakeSite, type FakeSite } from './fake-site.ts';

const signal = AbortSignal.timeout(60_000);
const letter = (text: string): Key => ({ kind: 'text', text });
const enter: Key = { kind: 'enter' };

interface Options {
  readonly commandLine: string;
  /** Typed one after the other, each once the choices are shown; nobody types the rest. */
  readonly keys: readonly Key[];
  readonly retryProof?: string | null;
  readonly retryPermitted?: boolean;
  readonly variables?: readonly { name: string; value: string | null; secret: boolean }[];
  readonly shell?: AgentWorld['shell'];
  readonly shownSeconds?: number;
  readonly toldSeconds?: number;
  /** What happens to the site each time that something is shown. */
  readonly onShow?: (site: FakeSite, view: ScreenView) => void;
}

/** A computer in the boot environment with one step, from its hello to its restart. */
async function deploy(options: Options) {
  const { commandLine, keys, retryProof = 'proof', retryPermitted = true, variables = [], shell = null, shownSeconds = 900 } = options;
  const { toldSeconds = 20, onShow = () => undefined } = options;
  await using site = await startFakeSite();
  await using folder = await aFolder();
  const step = { type: 'run-command-line', name: 'Fragile', options: { commandLine } };
  site.assignment = anAssignment([step], [...variables, { name: 'Folder', value: folder.path, secret: false }]);
  site.helloAnswers = [
    { state: 'ready', deviceId: 'device-1', deviceName: 'PC-1', key: 'key-1', runId: 'run-1', menu: [], siteName: 'Lab' },
  ];
  site.retryProof = retryProof;
  site.retryPermitted = retryPermitted;
  site.secrets.set('Word', 'hunter2-Geheim');
  const left = [...keys];
  const shown: ScreenView[] = [];
  const used: string[] = [];
  const restarts: string[] = [];
  const screen: AgentWorld['screen'] = {
    show: (view) => {
      shown.push(view);
      onShow(site, view);
    },
    setSiteName: () => undefined,
    nextKey: async (until) =>
      left.shift() ??
      new Promise((_, reject) => {
        until.addEventListener('abort', () => reject(until.reason as Error));
      }),
  };
  const first = someDependencies({ folder: folder.path, url: site.url });
  await runInBootImage(
    {
      screen,
      link: first.link as AgentWorld['link'],
      hello: { log: first.log, facts, bootMacAddress: null, bootImageId: null, claim: 'a'.repeat(32) },
      gatherInventory: () => Promise.resolve(inventory),
      dependencies: (key) => {
        used.push(key);
        return Promise.resolve({ ...someDependencies({ folder: folder.path, url: site.url }), screen });
      },
      restart: (target) => Promise.resolve(void restarts.push(target)),
      failureShownSeconds: shownSeconds,
      messageShownSeconds: 0.01,
      askAgainSeconds: 60,
      network: null,
      failureToldSeconds: toldSeconds,
      shell,
    },
    signal,
  );
  const failures = shown.filter((view): view is FailedView => view.view === 'failed');
  return { site, used, restarts, shown, failures, log: site.log.toString() };
}

describe('after a failure', () => {
  test('R lets the same run go on at the failed step with a new key, and it succeeds', async () => {
    const { site, used, restarts, shown } = await deploy({
      commandLine: 'test -e %Folder%/second && echo mended || { touch %Folder%/second; echo broken; exit 5; }',
      keys: [letter('r')],
    });

    expect(site.retries).toEqual(['proof']);
    expect(used).toEqual(['key-1', 'key-2']);
    expect(site.messages.map(({ kind }) => kind)).toEqual([
      'run-started',
      'step-started',
      'step-failed',
      'run-failed',
      'resumed',
      'step-started',
      'step-succeeded',
      'run-succeeded',
    ]);
    expect(site.messages.find(({ kind }) => kind === 'step-succeeded')?.output).toBe('mended');
    expect(shown.at(-1)).toMatchObject({ view: 'succeeded' });
    expect(restarts).toEqual(['as-the-firmware-likes']);
  });

  test('the screen has the last lines of output, and offers only what the site and the boot image permit', async () => {
    const { failures } = await deploy({ commandLine: 'seq 1 50; exit 5', keys: [letter('s'), letter('r'), enter], retryProof: null });

    expect(failures.at(0)).toMatchObject({ choices: [], secondsLeft: null });
    expect(failures.at(-1)?.choices.map(({ key }) => key)).toEqual(['Enter']);
    expect(failures.at(-1)?.output.slice(-2)).toEqual(['49', '50']);
    expect(failures.at(-1)?.failure).toMatchObject({ stepName: 'Fragile', exitCode: 5 });
  });

  test('S opens a shell where the boot image allows it, as often as one likes; the choices are there again afterwards', async () => {
    let opened = 0;
    const { failures, restarts } = await deploy({
      commandLine: 'exit 5',
      keys: [letter('S'), letter('s'), enter],
      shell: () => Promise.resolve(void (opened += 1)),
    });

    expect(opened).toBe(2);
    expect(failures.at(-1)).toMatchObject({ note: 'The shell has ended.' });
    expect(restarts).toEqual(['as-the-firmware-likes']);
  });

  test('a retry that the site refuses says why, and the computer can still be restarted', async () => {
    const { failures, restarts, used } = await deploy({ commandLine: 'exit 5', keys: [letter('r'), enter], retryPermitted: false });

    expect(used).toEqual(['key-1']);
    expect(failures.at(-1)?.note).toBe('The run run-1 cannot be retried at the computer: the site does not permit it.');
    expect(restarts).toEqual(['as-the-firmware-likes']);
  });

  test('a secret that a step prints is not on the screen', async () => {
    const { failures } = await deploy({
      commandLine: 'echo x%Word%x; exit 5',
      keys: [enter],
      variables: [{ name: 'Word', value: null, secret: true }],
    });

    expect(JSON.stringify(failures)).not.toContain('hunter2');
    expect(failures.at(-1)?.output).toEqual(['x********x']);
  });

  test('the computer restarts by itself after SMSTSErrorDialogTimeout, else after the time of the agent', async () => {
    const { failures } = await deploy({
      commandLine: 'exit 5',
      keys: [],
      variables: [{ name: 'SMSTSErrorDialogTimeout', value: '2', secret: false }],
    });
    const byDefault = await deploy({ commandLine: 'exit 5', keys: [], shownSeconds: 1 });

    expect(failures.map(({ secondsLeft }) => secondsLeft)).toEqual([null, 2, 1]);
    expect(byDefault.failures.map(({ secondsLeft }) => secondsLeft)).toEqual([null, 1]);
    expect(byDefault.restarts).toEqual(['as-the-firmware-likes']);
  });

  /** The site goes away when the failure is shown, and is back as soon as the choices are. */
  const awayAtTheEnd = (site: FakeSite, view: ScreenView): void => {
    if (view.view === 'failed') site.away = view.choices.length === 0;
  };

  test('L uploads the log where the site was away at the end, says when it is there, and then a retry is offered as well', async () => {
    const { site, failures, log } = await deploy({
      commandLine: 'echo broken; exit 5',
      keys: [letter('l'), enter],
      toldSeconds: 1,
      onShow: awayAtTheEnd,
    });

    const asked = failures.filter(({ choices }) => choices.length > 0);
    expect(asked.at(0)).toMatchObject({ logDelivered: false, choices: [{ key: 'L' }, { key: 'Enter' }] });
    expect(asked.at(-1)).toMatchObject({
      logDelivered: true,
      note: 'The site has the whole log now.',
      choices: [{ key: 'R' }, { key: 'Enter' }],
    });
    expect(site.finished).toBe(1);
    expect(log).toContain('the server could not be told of the end yet');
  });

  test('a computer that nobody is at goes on telling the site, and restarts only when the site knows', async () => {
    const { site, failures, restarts } = await deploy({
      commandLine: 'exit 5',
      keys: [],
      toldSeconds: 1,
      shownSeconds: 2,
      onShow: awayAtTheEnd,
    });

    expect(failures.map(({ logDelivered, secondsLeft }) => [logDelivered, secondsLeft])).toEqual([
      [false, null],
      [false, 1],
      [true, 2],
      [true, 1],
    ]);
    expect([site.finished, site.messages.at(-1)?.kind]).toEqual([1, 'run-failed']);
    expect(restarts).toEqual(['as-the-firmware-likes']);
  });

  test('where the site has everything, L is not offered', async () => {
    const { failures } = await deploy({ commandLine: 'exit 5', keys: [letter('l'), enter] });

    expect(failures.at(-1)).toMatchObject({ logDelivered: true, choices: [{ key: 'R' }, { key: 'Enter' }] });
  });
});
