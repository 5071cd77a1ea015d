/** Scenarios of what cannot succeed: the run fails with a reason that a person can act on, and nothing half done looks finished. */
import type { Run } from '@ostler/contract';
import { describeFailure, findRun, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { finishJob } from '../prepare-site.ts';
import type { Stage } from '../stage.ts';
import { arrangeDeployment } from './deploy-to-machine.ts';
import { startsFromDisk, type Scenario } from './scenario.ts';

export const failureScenarios: readonly Scenario[] = [
  {
    name: 'wrong-hash',
    shows: 'A flipped byte in a stored image is found before it is used, on the computer and by `content verify`, and named in both.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play: playWrongHash,
  },
  {
    name: 'disk-too-small',
    shows:
      'A disk that is too small for the image is refused with what is needed and what there is, and does not start as if it were whole.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 12,
    play: async (stage) => {
      const machine = await stage.addMachine({ name: 'lab-small-disk', diskSizesGiB: [0.75] });
      const run = await deployAndFail(stage, machine);
      stage.check(/TOO_SMALL|STAGING_SPACE/.test(run.failure?.error.code ?? ''), `the reason is the size: ${describeFailure(run)}`);
      stage.check(/\d/.test(run.failure?.error.message ?? ''), 'the sentence has sizes in it');
      await checkBootsNothing(stage, machine);
    },
  },
  {
    name: 'no-disk',
    shows: 'A computer without a disk is told so.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 12,
    play: async (stage) => {
      const run = await deployAndFail(stage, await stage.addMachine({ name: 'lab-no-disk', diskSizesGiB: [] }));
      stage.check(run.failure?.error.code.startsWith('DISK_') === true, `the reason is the missing disk: ${describeFailure(run)}`);
      stage.check(run.failure?.error.hint !== undefined, `there is a hint: ${run.failure?.error.hint ?? ''}`);
    },
  },
  {
    name: 'low-memory',
    shows: 'A computer with too little memory says how much it has and how much it needs, on its screen and to the site.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 12,
    play: async (stage) => {
      const machine = await stage.addMachine({ name: 'lab-memory', memoryMiB: 512 });
      const target = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [] });
      await machine.powerOn(stage.signal);
      const [sentence] = await machine.serial.waitFor(/too little memory: \d+ MB; \d+ MB are needed/, 0, stage.signal);
      stage.log(`the machine says: ${sentence}`);
      stage.check((await findRun(stage.site, target, stage.signal)) === null, 'no run was begun that could not be finished');
    },
  },
];

async function playWrongHash(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const image = await site.call('images.get', { params: { id: stage.imageId } }, signal);
  await site.corruptContent(image.content.sha256, signal);
  const machine = await stage.addMachine({ name: 'lab-wrong-hash' });
  const run = await deployAndFail(stage, machine);
  stage.check(run.failure?.error.code === 'CONTENT_HASH_MISMATCH', `the reason is the hash: ${describeFailure(run)}`);
  const begun = await site.call('content.verify', {}, signal);
  const verify = await finishJob(site, begun, 'verify', stage.log, signal);
  stage.check(JSON.stringify(verify.result).includes(image.content.sha256), 'content verify names the damaged content');
  await checkBootsNothing(stage, machine);
}

/** Deploys the default image and waits for the failure. */
async function deployAndFail(stage: Stage, machine: Machine): Promise<Run> {
  const target = await arrangeDeployment(stage, machine, { imageId: stage.imageId, packageIds: [] });
  await machine.powerOn(stage.signal);
  return waitForRun(stage.site, target, ({ state }) => state === 'failed', stage.log, stage.signal);
}

/** After a failure the machine, switched off and on, neither runs the deployment again nor finds a system on its disk. */
async function checkBootsNothing(stage: Stage, machine: Machine): Promise<void> {
  await machine.cutPower();
  const from = await machine.serial.mark();
  await machine.powerOn(stage.signal);
  await machine.serial.waitFor(startsFromDisk, from, stage.signal);
  stage.check(true, 'after a restart it is not deployed again, and no half-applied disk starts');
}
