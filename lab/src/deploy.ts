/** What scenarios ask of the site, in the administrator's words: import a computer, deploy a task sequence to it, watch the run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, Deployment, type Device, type Run, type StatusMessage, type TaskSequenceDefinition } from '@ostler/contract';
import type { z } from 'zod';
import type { Machine } from './machine.ts';
import type { Site } from './site.ts';

/** How a deployment is called on, for one device. */
export interface DeviceDeployment {
  readonly deploymentId: string;
  readonly deviceId: string;
  /** Only a run that comes after this one counts. */
  readonly afterRunId?: string;
}

export async function importDevice(site: Site, machine: Machine, name: string, signal: AbortSignal): Promise<Device> {
  return site.call('devices.import', { body: { name, macAddresses: [machine.macAddress], smbiosUuid: machine.uuid } }, signal);
}

export interface InstallOptions {
  readonly imageId: string;
  readonly packageIds: readonly string[];
  /** The computer has the client afterwards; by itself it has not. */
  readonly keepClient?: boolean;
}

/** A generated *Install an existing image* with the lab's ssh key. @returns its id */
export async function generateInstall(
  site: Site,
  options: InstallOptions & { readonly name: string; readonly sshKey: string },
  signal: AbortSignal,
): Promise<string> {
  const { name, imageId, sshKey, packageIds, keepClient = false } = options;
  const choices = { imageId, sshAuthorizedKeys: [sshKey], packageIds: [...packageIds], keepClient };
  const body = { template: 'install-existing-image' as const, name, ...choices };
  return (await site.call('taskSequences.generate', { body }, signal)).id;
}

/** A sequence of one command in the boot environment: enough to see the way from firmware to a finished run. */
export async function createShortSequence(site: Site, name: string, commandLine: string, signal: AbortSignal): Promise<string> {
  const definition: z.input<typeof TaskSequenceDefinition> = {
    name,
    steps: [
      {
        type: 'run-command-line',
        name: 'Look around',
        description: '',
        enabled: true,
        continueOnError: false,
        successCodes: [0],
        timeoutMinutes: 0,
        retry: { count: 0, delaySeconds: 0 },
        options: { commandLine, workingDirectory: '', inTarget: false },
      },
    ],
  };
  return (await site.call('taskSequences.create', { query: {}, body: definition }, signal)).id;
}

/** Deploys, required, to a collection of these devices. @returns the deployment's id */
export async function deployRequired(
  site: Site,
  taskSequenceId: string,
  name: string,
  deviceIds: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const collection = await site.call('collections.create', { body: { name } }, signal);
  for (const deviceId of deviceIds) {
    await site.call('collections.addMember', { params: { id: collection.id, deviceId } }, signal);
  }
  const body = { taskSequenceId, collectionId: collection.id, purpose: 'required' as const };
  return (await site.call('deployments.create', { body }, signal)).id;
}

/** Deploys, required, as an administrator types it. @returns the deployment's id */
export async function deployWithCommand(
  site: Site,
  {
    taskSequence,
    collection,
    options,
  }: { readonly taskSequence: string; readonly collection: string; readonly options: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const words = ['--json', 'deployment', 'create', taskSequence, collection, '--purpose', 'required', ...options];
  return Deployment.parse(JSON.parse(await site.ostler(words, signal))).id;
}

/** The newest run of the deployment on the device, or null before there is one. The server may be away for a while. */
export async function findRun(site: Site, target: DeviceDeployment, signal: AbortSignal): Promise<Run | null> {
  const { deploymentId, deviceId, afterRunId } = target;
  try {
    const { items } = await site.call('runs.list', { query: { deploymentId, deviceId } }, signal);
    const [newest] = items;
    return newest === undefined || newest.id === afterRunId ? null : newest;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError && error.status < 500) throw error;
    return null;
  }
}

/** Asks until the run is as wanted. @throws Error when it ends before, with its failure; the signal's reason */
export async function waitForRun(
  site: Site,
  target: DeviceDeployment,
  wanted: (run: Run) => boolean,
  onStep: (text: string) => void,
  signal: AbortSignal,
): Promise<Run> {
  let told = '';
  for (;;) {
    const run = await findRun(site, target, signal);
    if (run !== null) {
      const text = describeRun(run);
      if (text !== told) onStep(text);
      told = text;
      if (wanted(run)) return run;
      if (run.state !== 'running') throw new Error(`The run has ${run.state}${run.failure === null ? '' : `: ${describeFailure(run)}`}`);
    }
    await sleep(500, undefined, { signal });
  }
}

export function describeRun({ state, step, deviceName, environment }: Run): string {
  if (state !== 'running') return `${deviceName}: ${state}`;
  const where = environment === 'boot-image' ? 'boot environment' : 'installed system';
  return step === null
    ? `${deviceName}: run begun`
    : `${deviceName}: step ${step.stepNumber} of ${step.stepCount}, ${step.stepName} (${where})`;
}

export function describeFailure({ failure }: Run): string {
  return failure === null ? 'no reason was reported' : `${failure.stepName}: ${failure.error.code}: ${failure.error.message}`;
}

export async function listMessages(site: Site, runId: string, signal: AbortSignal): Promise<readonly StatusMessage[]> {
  return (await site.call('runs.messages', { params: { id: runId }, query: {} }, signal)).items;
}
