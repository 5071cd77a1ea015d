/** Scenarios of deployments to collections: who gets what and when, and what happens and who is told when it fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventKinds, type AlertKind, type RouteRequest } from '@ostler/contract';
import { createShortSequence, deployWithCommand, importDevice, listMessages, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import type { Stage } from '../stage.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../webhook-receiver.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const deploymentScenarios: readonly Scenario[] = [
  {
    name: 'collection-deploy',
    shows:
      'A required deployment to the computers that a query finds does nothing before its deadline, begins on each of them from then on, and each has its own variables and its collection’s; one of them is known by its serial number alone.',
    dhcp: 'full',
    machineCount: 2,
    timeLimitMinutes: 15,
    play: playCollectionDeploy,
  },
  {
    name: 'threshold-pause',
    shows:
      'A deployment whose runs fail pauses itself: the next computer starts from its disk, until an administrator resumes it. Meanwhile its alerts have arrived at a webhook, and the administrator acknowledges them.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 15,
    play: playThresholdPause,
  },
];

async function playCollectionDeploy(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const machines = [
    await stage.addMachine({ name: 'lab-room-1' }),
    await stage.addMachine({ name: 'lab-room-2', firmware: 'bios' }),
  ] as const;
  const [first, second] = machines;
  const deviceIds = [
    await importInRoom(stage, { name: first.name, macAddresses: [first.macAddress], smbiosUuid: first.uuid }, '101'),
    await importInRoom(stage, { name: second.name, serialNumber: second.serialNumber }, '102'),
  ] as const;
  const { deploymentId, deadlineMs } = await deployToRooms(stage);

  const { summary } = await site.call('deployments.outlook', { params: { id: deploymentId }, query: {} }, signal);
  stage.check(
    summary.length === 1 && summary[0]?.reason === 'before-deadline' && summary[0].deviceCount === 2,
    'the site says beforehand that both get it, and later',
  );
  await first.powerOn(signal);
  await first.serial.waitFor(startsFromDisk, 0, signal);
  stage.check(Date.now() < deadlineMs, 'before the deadline a computer starts from its disk');
  await first.cutPower();
  await sleep(Math.max(0, deadlineMs - Date.now()), undefined, { signal });
  await Promise.all(machines.map((machine) => machine.powerOn(signal)));
  await Promise.all(
    deviceIds.map(async (deviceId, index) => {
      const run = await waitForRun(site, { deploymentId, deviceId }, ({ state }) => state === 'succeeded', stage.log, signal);
      const said = (await listMessages(site, run.id, signal)).map(({ output }) => output).join('\n');
      const expected = `I am lab-room-${index + 1} in room 10${index + 1} of the tower`;
      stage.check(said.includes(expected), `after the deadline it begins by itself: ${expected}`);
    }),
  );
  await checkRecognised(stage, second, deviceIds[1]);
}

async function importInRoom({ site, signal }: Stage, device: RouteRequest<'devices.import'>['body'], room: string): Promise<string> {
  const { id } = await site.call('devices.import', { body: device }, signal);
  await site.call('devices.setVariable', { params: { id, name: 'Room' }, body: { value: room, secret: false } }, signal);
  return id;
}

/** To every computer of the rooms, in two minutes at least and three at most. */
async function deployToRooms({ site, signal }: Stage): Promise<{ readonly deploymentId: string; readonly deadlineMs: number }> {
  const command = 'echo "I am %_SMSTSMachineName% in room %Room% of %Building%"';
  const taskSequenceId = await createShortSequence(site, 'Say where', command, signal);
  const collection = await site.call('collections.create', { body: { name: 'Rooms' } }, signal);
  const rule = { kind: 'query', query: 'name.startsWith("lab-room-")' } as const;
  await site.call('collections.addRule', { params: { id: collection.id }, body: rule }, signal);
  const variable = { params: { id: collection.id, name: 'Building' }, body: { value: 'the tower', secret: false } };
  await site.call('collections.setVariable', variable, signal);
  const deadlineMs = Math.ceil((Date.now() + 120_000) / 60_000) * 60_000;
  const deadlineAt = new Date(deadlineMs).toISOString().slice(0, 16);
  const schedule = { availableAt: deadlineAt, deadlineAt };
  const body = { taskSequenceId, collectionId: collection.id, purpose: 'required' as const, schedule };
  const { id: deploymentId } = await site.call('deployments.create', { body }, signal);
  return { deploymentId, deadlineMs };
}

/** Its firmware told a UUID and a MAC address that nobody knew. */
async function checkRecognised({ site, signal, ...stage }: Stage, machine: Machine, deviceId: string): Promise<void> {
  const { items } = await site.call('devices.list', { query: {} }, signal);
  const device = items.find(({ id }) => id === deviceId);
  const isLearned = device?.smbiosUuid === machine.uuid && device.macAddresses.includes(machine.macAddress);
  stage.check(isLearned && items.length === 2, `${machine.name} was recognised by its serial number, and its addresses are learned`);
}

async function playThresholdPause(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await using desk = await startWebhookReceiver(stage.network.addresses.host);
  const webhook = { name: 'Service desk', url: desk.url, secret: desk.secret, events: ['deployment.alert-raised' as const] };
  await site.call('webhooks.create', { body: webhook }, signal);
  const machines = [await stage.addMachine({ name: 'lab-first' }), await stage.addMachine({ name: 'lab-second' })] as const;
  const collection = await site.call('collections.create', { body: { name: 'Two' } }, signal);
  const [first, second] = await Promise.all(
    machines.map(async (machine) => {
      const { id } = await importDevice(site, machine, machine.name, signal);
      await site.call('collections.addMember', { params: { id: collection.id, deviceId: id } }, signal);
      return id;
    }),
  );
  const deploymentId = await deployWrongImage(stage);
  await machines[0].powerOn(signal);
  await waitForRun(site, { deploymentId, deviceId: first ?? '' }, ({ state }) => state === 'failed', stage.log, signal);
  const { deployment } = await site.call('deployments.status', { params: { id: deploymentId }, query: {} }, signal);
  stage.check(deployment.paused?.by === null, `it has paused itself: ${deployment.paused?.reason ?? 'no'}`);
  await machines[0].cutPower();

  await machines[1].powerOn(signal);
  await checkAlerts(stage, desk);
  await machines[1].serial.waitFor(startsFromDisk, 0, signal);
  stage.check(true, 'the next computer starts from its disk');
  await machines[1].cutPower();
  await site.call('deployments.resume', { params: { id: deploymentId } }, signal);
  await machines[1].powerOn(signal);
  await waitForRun(site, { deploymentId, deviceId: second ?? '' }, ({ state }) => state === 'failed', stage.log, signal);
  stage.check(true, 'once it is resumed, it begins there');
}

/** One failure is enough for the pause and for an alert; that nobody has succeeded is looked at at once. */
async function deployWrongImage({ site, signal }: Stage): Promise<string> {
  await createShortSequence(site, 'Wrong image', 'exit 7', signal);
  const pause = ['--pause-after', '1', '--pause-above', '0'];
  const failure = ['--alert-after', '1', '--alert-above', '0'];
  const success = ['--alert-below', '50', '--alert-at', new Date().toISOString().slice(0, 16)];
  return deployWithCommand(site, { taskSequence: 'Wrong image', collection: 'Two', options: [...pause, ...failure, ...success] }, signal);
}

/** What `alert list` says of each. */
const expectedAlerts: Readonly<Record<AlertKind, string>> = {
  'too-few-succeeded': 'only 0 of 2 computers had succeeded, less than 50 %',
  'too-many-failed': '1 of 1 runs had failed, more than 0 %',
};

/** The site looks once a minute: the next computer starts meanwhile. */
async function checkAlerts({ site, signal, ...stage }: Stage, desk: WebhookReceiver): Promise<void> {
  const kinds = Object.keys(expectedAlerts);
  const told = await desk.waitFor(kinds.length, signal);
  const alerts = told.map(({ data }) => eventKinds['deployment.alert-raised'].data.parse(data).alert);
  stage.check(
    kinds.every((kind) => alerts.some((alert) => alert.kind === kind)),
    `the webhook was told of both alerts, signed: ${kinds.join(', ')}`,
  );
  for (const { id, kind } of alerts) {
    const listed = await site.ostler(['alert', 'list'], signal);
    const acknowledged = await site.ostler(['alert', 'acknowledge', id], signal);
    stage.check(
      listed.includes(expectedAlerts[kind]) && acknowledged.includes(' by admin'),
      `listed and acknowledged: ${expectedAlerts[kind]}`,
    );
  }
}
