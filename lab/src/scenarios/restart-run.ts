/** The scenario of a run that failed twice, goes on twice, and does nothing twice. */
import { rename } from 'node:fs/promises';
import { TaskSequenceDefinition, type Run, type StatusMessage } from '@ostler/contract';
import { deployRequired, describeFailure, importDevice, listMessages, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addScriptPackage } from '../package-files.ts';
import { reachMachine } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

export const restartRunScenarios: readonly Scenario[] = [
  {
    name: 'restart-from-failed-step',
    shows:
      'A run fails in the boot environment behind a partitioned disk, and later in the installed system; each time the administrator mends the cause and lets it go on: no step before runs again, its variables are as they were, and it succeeds.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 40,
    play,
  },
];

/** The agent's folder in an installed system. */
const agentFolder = '/var/lib/ostler';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const machine = await stage.addMachine({ name: 'lab-goes-on' });
  const { target, contentPath } = await arrange(stage, machine);
  await machine.powerOn(signal);
  const { id } = await failsAt(stage, target, 'Licence');
  await machine.serial.waitFor(/restart the computer/, 0, signal);
  await rename(contentPath, `${contentPath}.lost`);
  await site.call(
    'devices.setVariable',
    { params: { id: target.deviceId, name: 'Licence' }, body: { value: 'paid', secret: false } },
    signal,
  );
  await letGoOn(stage, id);
  await machine.sendKeys(['ret'], signal);

  await failsAt(stage, target, 'Software');
  await rename(`${contentPath}.lost`, contentPath);
  const failed = await reachMachine(machine, stage.network, stage.sshKey, signal);
  await failed.command(`while test -e ${agentFolder}; do sleep 1; done; sync`, signal);
  stage.check(true, 'the agent has taken itself off the installed system');
  await letGoOn(stage, id);
  await machine.reset(signal);

  const ended = await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  stage.check(ended.id === id, 'it is one run from its beginning to its success');
  const reached = await reachMachine(machine, stage.network, stage.sshKey, signal);
  stage.check((await reached.command('cat /root/software', signal)) === 'installed\n', 'what failed at first is installed');
  checkStory(stage, await listMessages(site, id, signal));
}

/** What each step has to have done by the end: how often it began. */
const begun: Readonly<Record<string, number>> = {
  'Draw a number': 1,
  'Partition Disk': 1,
  Licence: 2,
  'Apply Operating System': 1,
  'Apply OS Settings': 1,
  'Setup Operating System': 1,
  'First start': 1,
  Software: 2,
  'Look back': 1,
};

function checkStory(stage: Stage, messages: readonly StatusMessage[]): void {
  for (const [name, times] of Object.entries(begun)) {
    const seen = messages.filter(({ kind, stepName }) => kind === 'step-started' && stepName === name).length;
    stage.check(seen === times, `${name} began ${times === 1 ? 'once' : 'twice'}`);
  }
  const outputOf = (name: string): string =>
    messages.find((each) => each.kind === 'step-succeeded' && each.stepName === name)?.output ?? '';
  const drawn = outputOf('Draw a number');
  stage.check(
    drawn.includes('number ') && outputOf('Look back').includes(drawn),
    `the variables at the end are those of the beginning: ${drawn}`,
  );
  stage.check(outputOf('First start').includes('journal on the disk'), 'in the installed system the journal was on the disk');
}

async function failsAt(stage: Stage, target: DeviceDeployment, stepName: string): Promise<Run> {
  const run = await waitForRun(stage.site, target, ({ state }) => state === 'failed', stage.log, stage.signal);
  stage.check(run.failure?.stepName === stepName, `it failed at ${stepName}: ${describeFailure(run)}`);
  return run;
}

async function letGoOn({ site, signal, log }: Stage, id: string): Promise<void> {
  await site.call('runs.restart', { params: { id }, body: { from: null } }, signal);
  log('the cause is mended, and the run may go on');
}

/** Prints variables of the run: a plain one as it is, a secret one as a hash, which no mask covers. */
const sayNumbers = 'echo "number $(tsenv get Number), secret number $(tsenv get --secret SecretNumber | sha256sum)"';
const drawNumbers =
  'tsenv set Number "$(cat /proc/sys/kernel/random/uuid)" && tsenv set --secret SecretNumber - </proc/sys/kernel/random/uuid';

/** A licence that is missing at first, and a package whose content is lost for a time. @returns where that content is stored */
async function arrange(stage: Stage, machine: Machine): Promise<{ readonly target: DeviceDeployment; readonly contentPath: string }> {
  const { site, signal, sshKey } = stage;
  const packageId = await addScriptPackage(stage, 'software', '#!/bin/sh\necho installed >/root/software\n');
  const { content } = await site.call('packages.get', { params: { id: packageId } }, signal);
  const efi = { type: 'efi', fileSystem: 'fat32', size: 512, sizeUnits: 'MB' };
  const partitions = [efi, { name: 'OS', fileSystem: 'ext4', size: 100, sizeUnits: 'percent' }];
  const licence = 'test "%Licence%" = paid || { echo "There is no licence."; exit 5; }';
  const lookForJournal = `grep -q "$OSTLER_RUN_ID" ${agentFolder}/journal.json && echo "journal on the disk"`;
  const steps = [
    commandLine('Draw a number', `${drawNumbers} && ${sayNumbers}`),
    { type: 'format-and-partition-disk', name: 'Partition Disk', options: { style: 'gpt', partitions } },
    { type: 'group', name: 'Licensed', steps: [commandLine('Licence', licence)] },
    { type: 'apply-operating-system-image', name: 'Apply Operating System', options: { imageId: stage.imageId } },
    { type: 'apply-os-settings', name: 'Apply OS Settings', options: { administrator: { sshAuthorizedKeys: [sshKey.publicKey] } } },
    { type: 'setup-operating-system', name: 'Setup Operating System', options: {} },
    commandLine('First start', lookForJournal),
    { type: 'install-package', name: 'Software', options: { packageId } },
    commandLine('Look back', sayNumbers),
  ];
  const body = TaskSequenceDefinition.parse({ name: 'Fails twice', steps });
  const sequence = await site.call('taskSequences.create', { query: {}, body }, signal);
  const device = await importDevice(site, machine, machine.name, signal);
  const deploymentId = await deployRequired(site, sequence.id, 'Computers that fail twice', [device.id], signal);
  return { target: { deploymentId, deviceId: device.id }, contentPath: site.contentPath(content.sha256) };
}

function commandLine(name: string, line: string): object {
  return { type: 'run-command-line', name, options: { commandLine: line } };
}
