/** The scenario of secrets: every step that takes one has its own; afterwards everything that was written or sent is searched for them. */
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { deployRequired, importDevice, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { addScriptPackage } from '../package-files.ts';
import { capturePackets } from '../packet-capture.ts';
import { remoteDebugger } from '../remote-debugger.ts';
import { reachMachine, type Reached } from '../ssh.ts';
import { filesOf } from '../stage-files.ts';
import type { Stage } from '../stage.ts';
import { findForms, formsOf, type Find } from '../word-search.ts';
import type { Scenario } from './scenario.ts';
import {
  askedSecret,
  collectionSecret,
  debuggerSecret,
  deviceSecrets,
  harmlessWord,
  secretOf,
  secretSequence,
  secretStem,
} from './secret-sequence.ts';

export const secretLeakScenarios: readonly Scenario[] = [
  {
    name: 'secret-leak',
    shows:
      'Each step that takes a secret gets one, and programs print it in every form; no file of the site, no packet, no line of log or screen and no sector of the computer’s disk has one, and the same search finds what is no secret in all of them.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 45,
    play,
  },
];

const sitePassword = secretOf('SitePassword');
const enter = '\r';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await using packets = await capturePackets(stage.network, join(stage.folder, 'packets.pcap'), signal);
  const machine = await stage.addMachine({ name: 'lab-secrets', serialInput: true });
  const target = await arrange(stage, machine);
  await machine.powerOn(signal);
  await typeToTheStart(stage, machine);
  const { id } = await waitForRun(site, target, ({ debugger: state }) => state === 'waiting', stage.log, signal);
  const run = remoteDebugger(stage, id);
  await run.tell({ command: 'set-variable', at: 1, name: debuggerSecret, value: secretOf(debuggerSecret), secret: true });
  await run.tell({ command: 'quit' });
  await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  const reached = await reachMachine(machine, stage.network, stage.sshKey, signal);
  await lookInside(stage, reached);
  await keepAnswers(stage, id, target.deviceId);
  await machine.cutPower();
  stage.log(`packets: ${await packets.stop()}`);
  await searchEverything(stage);
}

/** What the computer's own programs show of it. The last pages of its screens too. */
async function lookInside(stage: Stage, reached: Reached): Promise<void> {
  const command = (line: string): Promise<string> => reached.command(line, stage.signal);
  const screens = await command('cat /root/screen /dev/vcs1; journalctl --no-pager --all');
  await writeFile(join(stage.folder, 'screens'), screens);
  const hash = await command('getent shadow root | cut -d: -f2');
  stage.check(/^\$\w+\$/.test(hash), 'the disk has the administrator’s password as a hash');
  await command('sync');
}

/** What the site answers to people. */
async function keepAnswers({ site, signal, folder }: Stage, runId: string, deviceId: string): Promise<void> {
  const params = { id: runId };
  const run = await site.call('runs.get', { params }, signal);
  const sequence = { params: { id: run.taskSequenceId } };
  const answers = [
    run,
    await site.call('runs.messages', { params, query: {} }, signal),
    await site.call('runs.debugger', { params }, signal),
    await site.call('devices.variables', { params: { id: deviceId } }, signal),
    await site.call('taskSequences.get', { ...sequence, query: {} }, signal),
    await site.call('taskSequences.dryRun', { ...sequence, body: { deviceId } }, signal),
  ];
  await writeFile(join(folder, 'answers.json'), JSON.stringify(answers));
}

/** Places where what is no secret has to be found, by the beginning of the path in the stage's folder. */
const places: readonly (readonly [string, string])[] = [
  ['the serial line', 'lab-secrets.serial.log'],
  ['the screens and the computer’s own log', 'screens'],
  ['the disk', 'lab-secrets-disk0.raw'],
  ['the packets', 'packets.pcap'],
  ['the server’s log', 'server.log'],
  ['the database', 'site/ostler.sqlite'],
  ['the run’s log', 'site/runs/'],
  ['the API', 'answers.json'],
];

async function searchEverything(stage: Stage): Promise<void> {
  const { folder, signal, log } = stage;
  const secretForms = formsOf(secretStem);
  const harmlessForms = formsOf(harmlessWord);
  const leaks: Find[] = [];
  const found = new Map<string, Set<string>>();
  const paths = await filesOf(stage);
  for (const path of paths) {
    const name = relative(folder, path);
    leaks.push(...(await findForms(path, secretForms, signal)));
    const place = places.find(([, beginning]) => name.startsWith(beginning))?.[0];
    if (place === undefined) continue;
    const forms = (await findForms(path, harmlessForms, signal)).map(({ form }) => form);
    found.set(place, new Set([...(found.get(place) ?? []), ...forms]));
  }
  for (const { path, form, offset, around } of leaks) log(`LEAK in ${relative(folder, path)} at ${offset}, ${form}: ${around}`);
  for (const [place] of places) {
    const forms = [...(found.get(place) ?? [])];
    stage.check(forms.length > 0, `${place}: what is no secret is found (${forms.join('; ')})`);
  }
  stage.check(leaks.length === 0, `no secret is found in any of ${paths.length} files`);
}

async function typeToTheStart({ signal, log }: Stage, machine: Machine): Promise<void> {
  let from = 0;
  const answer = async (page: RegExp, keys: string): Promise<void> => {
    const { index, 0: shown } = await machine.serial.waitFor(page, from, signal);
    from += index + shown.length;
    log(`typing where it says: ${shown.trim()}`);
    await machine.typeOnSerial(keys, signal);
  };
  await answer(/Password \(not shown while it is typed\), then Enter:/, `${sitePassword}${enter}`);
  await answer(new RegExp(`^  ${askedSecret}`, 'm'), `${secretOf(askedSecret)}${enter}`);
  await answer(/\[Enter\] start/, enter);
}

async function arrange(stage: Stage, machine: Machine): Promise<DeviceDeployment> {
  const { site, signal, sshKey, imageId } = stage;
  await site.call('site.update', { body: { trust: 'password', targetPassword: sitePassword } }, signal);
  const packageId = await addScriptPackage(stage, 'talkative', '#!/bin/sh\necho "installing $*"\n');
  const body = secretSequence({ imageId, sshKey: sshKey.publicKey, packageId });
  const sequence = await site.call('taskSequences.create', { query: {}, body }, signal);
  const device = await importDevice(site, machine, machine.name, signal);
  for (const name of deviceSecrets) {
    const params = { id: device.id, name };
    await site.call('devices.setVariable', { params, body: { value: secretOf(name), secret: true } }, signal);
  }
  await site.call(
    'devices.setVariable',
    { params: { id: device.id, name: 'TSDebugMode' }, body: { value: 'true', secret: false } },
    signal,
  );
  const collectionName = 'Computers with secrets';
  const deploymentId = await deployRequired(site, sequence.id, collectionName, [device.id], signal);
  const { items } = await site.call('collections.list', {}, signal);
  const params = { id: items.find(({ name }) => name === collectionName)?.id ?? '', name: collectionSecret };
  await site.call('collections.setVariable', { params, body: { value: secretOf(collectionSecret), secret: true } }, signal);
  return { deploymentId, deviceId: device.id };
}
