/** The scenario of a stolen computer: its key was copied, it is blocked, and then neither the key nor the computer gets anything. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fillPath, routes, streamRoutes } from '@ostler/contract';
import { deployRequired, importDevice, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addScriptPackage } from '../package-files.ts';
import type { Stage } from '../stage.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const revokedDeviceScenarios: readonly Scenario[] = [
  {
    name: 'revoked-device',
    shows:
      'The key of a computer that is being deployed is copied from its memory, and opens its run, a secret and content from elsewhere; once the computer is blocked, the key opens not one route, and the computer’s network boot, a hello with its ids and the script at its address give it nothing.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play,
  },
];

const secretName = 'SafeCombination';
const secret = 'Tresor-4711';
const contentWord = 'only for computers of the site';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const machine = await stage.addMachine({ name: 'lab-stolen' });
  const { id: deviceId } = await importDevice(site, machine, machine.name, signal);
  const target = await deployLongWork(stage, deviceId);
  await machine.powerOn(signal);
  const { id } = await waitForRun(site, target, ({ step }) => step?.stepName === 'Stay', stage.log, signal);
  const names = { id, name: secretName, sha256: target.sha256 };
  const loot = { names, key: await stealKey(stage, machine, names) };
  await checkKeyOpens(stage, loot);

  await site.ostler(['device', 'block', machine.name], signal);
  await checkKeyIsDead(stage, loot);
  await checkComputerGetsNothing(stage, machine, deviceId);
}

/** What a thief has: the key, and the names of what it opens, for the parameters of paths. */
interface Loot {
  readonly key: string;
  readonly names: Readonly<Record<string, string>>;
}

interface LongWork extends DeviceDeployment {
  /** Of the package. */
  readonly sha256: string;
}

/** A run with a secret and a package that stays in a step: its key is in the computer's memory. */
async function deployLongWork(stage: Stage, deviceId: string): Promise<LongWork> {
  const { site, signal } = stage;
  const variable = { params: { id: deviceId, name: secretName }, body: { value: secret, secret: true } };
  await site.call('devices.setVariable', variable, signal);
  const packageId = await addScriptPackage(stage, 'handbook', `#!/bin/sh\necho "${contentWord}"\n`);
  const { content } = await site.call('packages.get', { params: { id: packageId } }, signal);
  const source = { kind: 'package', packageId, file: 'handbook.sh' } as const;
  const steps = [
    { type: 'run-script' as const, name: 'Handbook', options: { interpreter: 'sh' as const, source } },
    { type: 'run-command-line' as const, name: 'Stay', options: { commandLine: `sleep 3600 && echo "%${secretName}%"` } },
  ];
  const { id } = await site.call('taskSequences.create', { query: {}, body: { name: 'Long work', steps } }, signal);
  const deploymentId = await deployRequired(site, id, 'Computers at work', [deviceId], signal);
  return { deploymentId, deviceId, sha256: content.sha256 };
}

/** Of all that looks like a key in the memory of the running computer, the one that opens its run. */
async function stealKey(stage: Stage, machine: Machine, names: Loot['names']): Promise<string> {
  const { site, signal } = stage;
  const path = join(stage.folder, `${machine.name}.memory`);
  await machine.copyMemory(path, signal);
  const candidates = await keysIn(path);
  await rm(path);
  for (const key of candidates) {
    const { status } = await site.request({ method: 'GET', path: fillPath(routes['agent.run'].path, names), key }, signal);
    if (status === 200) return key;
  }
  throw new Error(`None of ${candidates.size} keys in the computer's memory opens its run.`);
}

/** 256 random bits as base64url, behind the word that stands before them in a request. */
const keyPattern = /Bearer (?<key>[\w-]{43})(?![\w-])/g;
const overlap = 64;

async function keysIn(path: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let before = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 2 ** 24 })) {
    const text = `${before}${String(chunk)}`;
    for (const { groups } of text.matchAll(keyPattern)) found.add(groups?.['key'] ?? '');
    before = text.slice(-overlap);
  }
  return found;
}

/** Otherwise it would say nothing that it opens nothing later. */
async function checkKeyOpens(stage: Stage, { key, names }: Loot): Promise<void> {
  const { site, signal } = stage;
  const readSecret = await site.request({ method: 'POST', path: fillPath(routes['agent.secret'].path, names), key }, signal);
  const content = await site.request({ method: 'GET', path: fillPath(streamRoutes['agent.content'].path, names), key }, signal);
  stage.check(readSecret.body.includes(secret), 'before, the copied key reads the secret from elsewhere');
  stage.check(content.body.includes(contentWord), 'and the content of the run');
}

/** Every route of the API that such a key is for. */
async function checkKeyIsDead(stage: Stage, { key, names }: Loot): Promise<void> {
  const { site, signal } = stage;
  const tried: string[] = [];
  const opened: string[] = [];
  for (const [name, { method, path, access }] of Object.entries({ ...routes, ...streamRoutes })) {
    if (access !== 'agent') continue;
    const { status } = await site.request({ method, path: fillPath(path, names), key }, signal);
    tried.push(name);
    if (status !== 401) opened.push(`${name} (${status})`);
  }
  stage.check(opened.length === 0, `it opens no route any more${['', ...opened].join(' ')}`);
  stage.check(tried.includes('agent.secret') && tried.includes('agent.content'), `${tried.length} routes refuse it: ${tried.join(', ')}`);
}

async function checkComputerGetsNothing(stage: Stage, machine: Machine, deviceId: string): Promise<void> {
  const { site, signal } = stage;
  const before = await machine.serial.mark();
  await machine.reset(signal);
  await machine.serial.waitFor(/This computer is blocked/, before, signal);
  await machine.serial.waitFor(startsFromDisk, before, signal);
  const shown = (await machine.serial.read()).slice(before);
  stage.check(!shown.includes('Loading the boot environment'), 'its network boot is told no, and leads to its own disk');
  const url = new URL(`http://${new URL(site.url).hostname}:8080/boot/grub/${machine.macAddress}/${machine.uuid}`);
  const script = await (await fetch(url, { signal })).text();
  stage.check(
    script.includes('This computer is blocked') && !/^\s*linux /m.test(script),
    'the script at its address starts nothing of the site',
  );
  const { facts } = await site.call('devices.get', { params: { id: deviceId } }, signal);
  if (facts === null) throw new Error('The site has forgotten what the computer said of itself.');
  const hello = { facts, environment: 'boot-image', bootMacAddress: null, bootImageId: null, claim: 'f'.repeat(32) } as const;
  const answer = await site.call('agent.hello', { body: hello }, signal);
  stage.check(answer.state === 'refused', 'a hello with its ids gets no key');
}
