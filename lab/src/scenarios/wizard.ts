/** The wizard: a person at a serial line types from the password to a run; every page is compared as text. */
import { rename } from 'node:fs/promises';
import { TaskSequenceDefinition, type Device } from '@ostler/contract';
import { listMessages, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addScriptPackage } from '../package-files.ts';
import { keys, personAt, type Person } from '../person.ts';
import { filesWith } from '../stage-files.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

export const wizardScenarios: readonly Scenario[] = [
  {
    name: 'wizard',
    shows:
      'A person at a serial line gives the password, chooses a task sequence, answers what is asked, is told what is missing at the site, goes back, tries again and starts; what was typed reaches the steps, and a secret is nowhere to be read.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 15,
    play: playWizard,
  },
];

const targetPassword = 'open sesame';
const secret = 'Geheim-4711';
const { enter, escape, backspace } = keys;

interface Deployed {
  readonly deploymentId: string;
  /** Where the content of the package is stored. */
  readonly contentPath: string;
}

async function playWizard(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const { deploymentId, contentPath } = await arrange(stage);
  const machine = await stage.addMachine({ name: 'lab-wizard', serialInput: true });
  await machine.powerOn(signal);
  await typeToTheStart(personAt(stage, machine, [secret, targetPassword]), contentPath);
  const { id: deviceId } = await deviceOf(stage, machine);
  const ended = await waitForRun(site, { deploymentId, deviceId }, ({ state }) => state === 'succeeded', stage.log, signal);
  const outputs = (await listMessages(site, ended.id, signal)).map(({ output }) => output).join('\n');
  stage.check(outputs.includes('I am pc-7, and ********'), 'what was typed reached the steps, the secret masked');
  await checkSecretIsNowhere(stage, machine);
}

const variablesPage = ['  Name on the label (OSDComputerName)', '  AdminPassword', '[Up/Down] other fields   [Enter] next   [Esc] back'];
const incompletePage = [
  'It cannot start: not everything that it needs is at the site.',
  '  The package wizard-hello has lost its content.',
  '[Enter] check again   [N] network   [Esc] back',
];

/** While the person types, the content of the package is lost for a time. */
async function typeToTheStart(person: Person, contentPath: string): Promise<void> {
  await person.sees(['Password (not shown while it is typed), then Enter:']);
  await person.types(`${targetPassword}${enter}`);
  const listPage = ['Choose what to deploy', '  1  Another - Not this one', '  2  Greet - Says who it is'];
  await person.sees([...listPage, '[Up/Down/1-9] choose   [Enter] next   [N] network   [Esc] go on to the disk', '> 1  Another']);
  await person.types(`2${enter}`);
  await person.sees(variablesPage);
  await person.types(`laptop${enter}`);
  await person.sees(['OSDComputerName has to match pc-[0-9]+.']);
  await rename(contentPath, `${contentPath}.lost`);
  await person.types(`${backspace.repeat(6)}pc-7${enter}${secret}${enter}`);
  await person.sees(incompletePage);
  await person.types(escape);
  await person.sees(variablesPage);
  await person.types(`${enter}${enter}`);
  await person.sees(incompletePage);
  await rename(`${contentPath}.lost`, contentPath);
  await person.types(enter);
  const answers = ['  OSDComputerName = pc-7', '  AdminPassword = ********'];
  const complete = 'Everything that it needs is at the site. Nothing on this computer has been changed yet.';
  await person.sees(['Greet', 'Says who it is', ...answers, complete, '[Enter] start   [N] network   [Esc] back']);
  await person.types(enter);
}

/** Two available deployments to unknown computers, of which the second asks for two variables and needs a package. */
async function arrange(stage: Stage): Promise<Deployed> {
  const { site, signal } = stage;
  const settings = { unknownComputers: 'menu', trust: 'password', targetPassword } as const;
  await site.call('site.update', { body: settings }, signal);
  const packageId = await addScriptPackage(stage, 'wizard-hello', '#!/bin/sh\necho hello\n');
  const { content } = await site.call('packages.get', { params: { id: packageId } }, signal);
  const ask = { OSDComputerName: { prompt: 'Name on the label', pattern: 'pc-[0-9]+' }, AdminPassword: { secret: true } };
  const steps = [
    { type: 'run-command-line', name: 'Say', options: { commandLine: 'echo "I am %OSDComputerName%, and %AdminPassword%"' } },
    { type: 'run-script', name: 'Hello', options: { interpreter: 'sh', source: { kind: 'package', packageId, file: 'wizard-hello.sh' } } },
  ];
  await offer(stage, { name: 'Another', description: 'Not this one', steps: [] });
  return {
    deploymentId: await offer(stage, { name: 'Greet', description: 'Says who it is', ask, steps }),
    contentPath: site.contentPath(content.sha256),
  };
}

async function offer({ site, signal }: Stage, definition: object): Promise<string> {
  const body = TaskSequenceDefinition.parse(definition);
  const { id: taskSequenceId } = await site.call('taskSequences.create', { query: {}, body }, signal);
  const deployment = { taskSequenceId, collectionId: 'all-unknown-computers', purpose: 'available' as const };
  return (await site.call('deployments.create', { body: deployment }, signal)).id;
}

async function deviceOf({ site, signal }: Stage, machine: Machine): Promise<Device> {
  const { items } = await site.call('devices.list', { query: {} }, signal);
  const device = items.find(({ macAddresses }) => macAddresses.includes(machine.macAddress));
  if (device === undefined) throw new Error('The site has not seen the machine.');
  return device;
}

async function checkSecretIsNowhere(stage: Stage, machine: Machine): Promise<void> {
  await machine.cutPower();
  for (const word of [secret, targetPassword]) {
    const having = await filesWith(word, stage);
    stage.check(having.length === 0, `what was typed unseen is in no database, log or serial line${['', ...having].join(' ')}`);
  }
}
