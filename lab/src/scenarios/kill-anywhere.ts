/**
 * The power is cut twenty times at random moments, and the sequence ends as if it had not been.
 *
 * What the end has to be is written down here: `oracle`. The engine alone is held against a larger one, with random sequences and a cut
 * between any two of its calls, in packages/task-sequence/src/interruptions.test.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { deployRequired, describeRun, importDevice, listMessages, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { planPowerCuts, type PowerCut } from '../power-cuts.ts';
import { reachMachine, type Reached } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { group, step, type NodeDraft, type StepDraft } from '../step-drafts.ts';
import type { Scenario } from './scenario.ts';

const cutCount = 20;

export const killAnywhereScenarios: readonly Scenario[] = [
  {
    name: 'kill-anywhere',
    shows:
      'Power is cut at twenty random moments, while the computer starts, in steps, between them, in restarts: the same steps run to the same variables and the same end.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 90,
    play,
  },
];

/** A step, and about how long it takes: null where no cut waits for it. */
interface Planned {
  readonly draft: StepDraft;
  readonly lastsSeconds: number | null;
}

const markSeconds = 4;
/** Of the step that may not run twice: long enough to be hit often. */
const onceSeconds = 8;
const marksPartition = 'ostler-marks';
/** As often as the cuts could hit it. */
const untilDone = { retry: { count: cutCount, delaySeconds: 1 } };

/** What is on the disk at the end, and in the variable that each step adds its letter to. */
const oracle = { letters: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'], once: 'd' };

/** Notes on the disk that it has begun, works, notes that it has ended, and adds its letter to the variable Trail. */
function mark(letter: string, common: Parameters<typeof step>[3] = untilDone, seconds = markSeconds): Planned {
  const commandLine = [
    'set -e',
    'mkdir -p /run/marks',
    `mountpoint -q /run/marks || mount PARTLABEL=${marksPartition} /run/marks >/dev/null 2>&1`,
    `echo 'begin ${letter}' >>/run/marks/trail; sync`,
    `sleep ${seconds}`,
    `echo 'end ${letter}' >>/run/marks/trail; sync`,
    'umount /run/marks',
    `echo "%Trail%${letter}"`,
  ].join('\n');
  return { draft: step('run-command-line', `Mark ${letter}`, { commandLine, outputVariable: 'Trail' }, common), lastsSeconds: seconds };
}

function restart(name: string): Planned {
  return { draft: step('restart-computer', name, { target: 'boot-image' }), lastsSeconds: 8 };
}

const partitionDisk = step('format-and-partition-disk', 'Partition the disk', {
  style: 'gpt',
  partitions: [
    { name: 'EFI', type: 'efi', fileSystem: 'fat32', size: 200, sizeUnits: 'MB' },
    { name: marksPartition, size: 64, sizeUnits: 'MB' },
    { name: 'System', size: 100, sizeUnits: 'percent', variable: 'SystemPartition' },
  ],
});

/** In the order in which they run. */
function plannedSteps({ imageId, sshKey }: Stage) {
  const destination = { kind: 'variable', variable: 'SystemPartition' } as const;
  const first: Planned[] = [
    { draft: partitionDisk, lastsSeconds: 6 },
    mark('a'),
    mark('b'),
    { draft: step('run-command-line', 'Fails', { commandLine: 'sleep 3; exit 7' }, { continueOnError: true }), lastsSeconds: 3 },
    restart('First restart'),
  ];
  const grouped: Planned[] = [
    mark('c'),
    { draft: step('run-command-line', 'Never runs', { commandLine: 'exit 1' }, { condition: trailIs('-never') }), lastsSeconds: null },
    { draft: step('set-task-sequence-variable', 'Remember', { variable: 'Remembered', value: '%Trail%' }), lastsSeconds: null },
    mark(oracle.once, { continueOnError: true }, onceSeconds),
    mark('e', { ...untilDone, condition: { variable: 'Remembered', operator: 'equals', value: '-abc' } }),
  ];
  const last: Planned[] = [
    restart('Second restart'),
    mark('f'),
    { draft: step('apply-operating-system-image', 'Apply the image', { imageId, destination }), lastsSeconds: 50 },
    {
      draft: step('apply-os-settings', 'Settings', { administrator: { sshAuthorizedKeys: [sshKey.publicKey] } }),
      lastsSeconds: 2,
    },
    { draft: step('apply-network-settings', 'Network', {}), lastsSeconds: 2 },
    mark('g'),
    { draft: step('setup-operating-system', 'Make it start', {}), lastsSeconds: 25 },
    mark('h'),
    mark('i'),
    {
      draft: step('run-command-line', 'Tell', { commandLine: 'echo "%Trail% %Remembered%" >/root/told; sync' }, untilDone),
      lastsSeconds: null,
    },
  ];
  const nodes: NodeDraft[] = [
    ...first.map(({ draft }) => draft),
    group(
      'Group',
      grouped.map(({ draft }) => draft),
    ),
    ...last.map(({ draft }) => draft),
  ];
  return { nodes, steps: [...first, ...grouped, ...last] };
}

function trailIs(value: string) {
  return { variable: 'Trail', operator: 'equals', value } as const;
}

async function play(stage: Stage): Promise<void> {
  const { site, signal, seed } = stage;
  const machine = await stage.addMachine({ name: 'lab-kill-anywhere' });
  const { nodes, steps } = plannedSteps(stage);
  const target = await deploy(stage, machine, nodes);
  const cuttable = steps.flatMap(({ lastsSeconds }, index) =>
    lastsSeconds === null ? [] : [{ number: index + 1, lastsMs: lastsSeconds * 1000 }],
  );
  stage.log(`the moments come from the seed ${seed}; OSTLER_LAB_SEED=${seed} plays them again`);
  const cuts = planPowerCuts(seed, { count: cutCount, startMs: 45_000, steps: cuttable });
  for (const [index, cut] of cuts.entries()) await playCut(stage, machine, target, cut, `cut ${index + 1} of ${cutCount}`);
  await machine.powerOn(signal);
  const run = await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  const messages = await listMessages(site, run.id, signal);
  const unexpected = messages.filter(({ kind, output }) => kind === 'resumed' && output.includes('unexpectedly'));
  stage.log(`the run was taken up ${unexpected.length} times after it had stopped unexpectedly`);
  stage.check(
    messages.every(({ sequence }, index) => sequence === index + 1),
    `all ${messages.length} status messages are there, each once`,
  );
  await checkEnd(stage, await reachMachine(machine, stage.network, stage.sshKey, signal));
}

async function deploy({ site, signal }: Stage, machine: Machine, steps: readonly NodeDraft[]): Promise<DeviceDeployment> {
  const device = await importDevice(site, machine, machine.name, signal);
  const body = { name: 'Kill anywhere', variables: { Trail: '-' }, steps: [...steps] };
  const { id } = await site.call('taskSequences.create', { query: {}, body }, signal);
  const deploymentId = await deployRequired(site, id, 'Computers without a battery', [device.id], signal);
  return { deploymentId, deviceId: device.id };
}

/** From power-on to the cut. */
async function playCut(
  stage: Stage,
  machine: Machine,
  target: DeviceDeployment,
  { from, delayMs }: PowerCut,
  title: string,
): Promise<void> {
  const { site, signal } = stage;
  await machine.powerOn(signal);
  let where = 'power-on';
  if (from !== 'power-on') {
    const run = await waitForRun(site, target, ({ step: at }) => at !== null && at.stepNumber >= from, stage.log, signal);
    where = describeRun(run);
  }
  await sleep(delayMs, undefined, { signal });
  await machine.cutPower();
  stage.log(`${title}: ${(delayMs / 1000).toFixed(1)} s after ${where}`);
  await sleep(1000, undefined, { signal });
}

async function checkEnd(stage: Stage, reached: Reached): Promise<void> {
  const ask = async (line: string): Promise<string> => (await reached.command(line, stage.signal)).trim();
  const marks = await ask(`mkdir -p /run/look && mount -o ro PARTLABEL=${marksPartition} /run/look && cat /run/look/trail`);
  const words = marks.split('\n').map((line) => line.split(' '));
  const [trail = '', remembered] = (await ask('cat /root/told')).split(' ');
  const all = `-${oracle.letters.join('')}`;
  stage.check([all, all.replace(oracle.once, '')].includes(trail), `every step gave its letter once, in order: ${trail}`);
  stage.check(remembered === '-abc', 'a variable that was set between two cuts has its value');
  const order = words.map(([, letter = '']) => oracle.letters.indexOf(letter));
  stage.check(
    order.every((place, index) => place >= (order[index - 1] ?? 0)),
    'no step ran again after a later one had begun',
  );
  const ended = oracle.letters.filter((letter) => words.some(([what, of]) => what === 'end' && of === letter));
  stage.check(
    oracle.letters.every((letter) => ended.includes(letter) || !trail.includes(letter)),
    `what the variable says has ended on the disk too: ${ended.join('')}`,
  );
  const begun = words.filter(([what, letter]) => what === 'begin' && letter === oracle.once).length;
  stage.check(begun <= 1, `the step that may not run twice was begun ${begun === 1 ? 'once' : 'not at all: it was cut before'}`);
  const repeated = words.filter(([what], index) => what === 'begin' && words[index - 1]?.[0] === 'begin').length;
  stage.log(`${repeated} steps were begun again after a cut in their middle`);
  await waitUntilGone(stage, ask);
}

/** The agent takes itself away as the very last thing. */
async function waitUntilGone(stage: Stage, ask: (line: string) => Promise<string>): Promise<void> {
  while ((await ask('test -e /var/lib/ostler && echo there || true')) !== '') await sleep(1000, undefined, { signal: stage.signal });
  stage.check(true, 'nothing of the agent is left');
}
