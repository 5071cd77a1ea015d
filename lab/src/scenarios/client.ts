/** The scenario of the client: deployments that begin in the installed system of a computer, without anybody there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { streamPath, type TaskSequenceDefinition } from '@ostler/contract';
import type { z } from 'zod';
import { deployRequired, listMessages, waitForRun } from '../deploy.ts';
import { addMarkerPackage } from '../package-files.ts';
import { bootIdOf, reachMachine, type Reached } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { arrangeDeployment, waitUntilDeployed } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const clientScenarios: readonly Scenario[] = [
  {
    name: 'client-deploy',
    shows:
      'A computer that keeps the client runs a required sequence in its installed system, with a restart in the middle; the client stays, is enrolled anew by the install script, and takes the computer to the boot environment.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 45,
    play,
  },
];

const marker = 'client-marker';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await site.call('site.update', { body: { clientPollSeconds: 10 } }, signal);
  const machine = await stage.addMachine({ name: 'lab-client' });
  const target = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [], keepClient: true });
  await machine.powerOn(signal);
  const { reached } = await waitUntilDeployed(stage, machine, target);
  await untilSo(stage, 'the client polls', async () => {
    const { items } = await site.call('clients.list', {}, signal);
    return items.some(({ id, enrolledBy, lastPollAt }) => id === target.deviceId && enrolledBy === 'deployment' && lastPollAt !== null);
  });

  const boot = await bootIdOf(reached, signal);
  const sequenceId = await createSoftwareSequence(stage);
  const deploymentId = await deployRequired(site, sequenceId, 'Computers with the client', [target.deviceId], signal);
  const run = await waitForRun(site, { ...target, deploymentId }, ({ state }) => state === 'succeeded', stage.log, signal);
  const after = await reachMachine(machine, stage.network, stage.sshKey, signal);
  stage.check((await bootIdOf(after, signal)) !== boot, 'the computer was restarted in the middle of it');
  const written = await after.command(`cat /root/before-restart /usr/share/${marker}/marker`, signal);
  stage.check(written === 'begun in installed-os\ninstalled before the capture\n', 'the script ran, and the package is installed');
  const kinds = (await listMessages(site, run.id, signal)).map(({ kind }) => kind);
  stage.check(kinds.includes('restarting') && kinds.includes('resumed'), 'the run tells of the restart');
  await checkClientStays(stage, after);
  await enrolAnew(stage, after, target.deviceId);
  await beginAtTheComputer(stage, after, target.deviceId);
}

async function checkClientStays(stage: Stage, reached: Reached): Promise<void> {
  const { signal } = stage;
  await untilSo(stage, 'nothing of the run is left on the disk', async () => {
    const left = await reached.command('ls /var/lib/ostler', signal);
    return !/agent\.json|journal|messages|log/.test(left) && left.includes('client.json');
  });
  stage.check((await reached.command('systemctl is-active ostler-agent', signal)).trim() === 'active', 'the client is still there');
  const mode = (await reached.command('stat -c "%a %U" /var/lib/ostler/client.json', signal)).trim();
  stage.check(mode === '600 root', 'only root may read its key');
}

/** Its key is revoked and the client installed by the site's script, as on a computer that Ostler has not deployed. */
async function enrolAnew({ site, signal, ...stage }: Stage, reached: Reached, deviceId: string): Promise<void> {
  await site.call('clients.revoke', { params: { id: deviceId } }, signal);
  const refused = await reached.command('ostler-client list 2>&1 || true', signal);
  stage.check(refused.includes('does not know the client'), 'a revoked client is told so');
  const { token } = await site.call('enrolmentTokens.create', { body: { deviceId } }, signal);
  const url = `${site.url}${streamPath('client.installScript')}`;
  const fetched = `if command -v curl >/dev/null; then curl -fsSk -o /root/install ${url}; else wget -q --no-check-certificate -O /root/install ${url}; fi`;
  const said = await reached.command(`${fetched}; sh /root/install --token ${token} 2>&1`, signal);
  stage.check(said.includes('is a client of'), 'the install script enrols it with a token');
}

/** A sequence of the boot environment, begun on the computer itself: the client restarts into it. */
async function beginAtTheComputer({ site, signal, ...stage }: Stage, reached: Reached, deviceId: string): Promise<void> {
  const steps: Steps = [{ type: 'run-command-line', name: 'Look', options: { commandLine: 'test "$OSTLER_ENVIRONMENT" = boot-image' } }];
  const body = { name: 'Look from outside', steps };
  const { id: taskSequenceId } = await site.call('taskSequences.create', { query: {}, body }, signal);
  const deployment = { taskSequenceId, collectionId: 'all-systems', purpose: 'available', availableTo: 'clients' } as const;
  const { id: deploymentId } = await site.call('deployments.create', { body: deployment }, signal);
  stage.check((await reached.command('ostler-client list', signal)).includes('Look from outside'), 'ostler-client lists what is available');
  await reached.command('ostler-client run "look from outside"', signal);
  const run = await waitForRun(site, { deploymentId, deviceId }, ({ state }) => state === 'succeeded', stage.log, signal);
  stage.check(run.environment === 'boot-image', 'it ran in the boot environment, which the client restarted into');
}

type Steps = z.input<typeof TaskSequenceDefinition>['steps'];

async function createSoftwareSequence(stage: Stage): Promise<string> {
  const packageId = await addMarkerPackage(stage, marker);
  const script = 'echo "begun in $OSTLER_ENVIRONMENT" >/root/before-restart';
  const steps: Steps = [
    { type: 'run-script', name: 'Script', options: { interpreter: 'sh', source: { kind: 'inline', script } } },
    { type: 'restart-computer', name: 'Restart', options: { target: 'installed-os' } },
    { type: 'install-package', name: 'Package', options: { packageId } },
  ];
  const body = { name: 'Software', startsIn: 'installed-os' as const, steps };
  return (await stage.site.call('taskSequences.create', { query: {}, body }, stage.signal)).id;
}

async function untilSo(stage: Stage, sentence: string, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(1000, undefined, { signal: stage.signal });
  stage.check(true, sentence);
}
