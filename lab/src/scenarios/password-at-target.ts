/** The scenario of the password that the site asks for at the computer: guesses are refused and slowed, the right one lets it go on, and none is kept. */
import { createShortSequence, deployRequired, findRun, importDevice, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { keys, personAt, type Person } from '../person.ts';
import { filesWith } from '../stage-files.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

export const passwordAtTargetScenarios: readonly Scenario[] = [
  {
    name: 'password-at-target',
    shows:
      'Where the site asks for a password, a computer with a required deployment waits for it: wrong ones are refused, after five of them the right one too until a minute is over, then it lets the deployment begin; what was typed is in no log, database, disk or serial line.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 15,
    play,
  },
];

/** Its characters are those that encodings change. */
const targetPassword = 'Sesam "5&< auf';
const wrongPassword = 'Rhabarber "5&<';
/** No secret: it is found wherever the search looks for the others. */
const sequenceName = 'Birnenmus 77';
/** So many a minute, as docs/security.md says. */
const triesAMinute = 5;
const question = 'Password (not shown while it is typed), then Enter:';

async function play(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  await site.call('site.update', { body: { trust: 'password', targetPassword } }, signal);
  const machine = await stage.addMachine({ name: 'lab-password', serialInput: true });
  const { id: deviceId } = await importDevice(site, machine, machine.name, signal);
  const taskSequenceId = await createShortSequence(site, sequenceName, 'uname -a', signal);
  const target = { deviceId, deploymentId: await deployRequired(site, taskSequenceId, 'Behind a password', [deviceId], signal) };
  await machine.powerOn(signal);
  await typePasswords(stage, personAt(stage, machine, [targetPassword, wrongPassword]), target);
  await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  stage.check(true, 'with the right one, the required deployment begins');
  await machine.cutPower();
  await checkNowhere(stage, machine);
}

async function typePasswords(stage: Stage, person: Person, target: DeviceDeployment): Promise<void> {
  await person.sees([question]);
  for (let tries = 0; tries < triesAMinute; tries += 1) {
    await person.types(`${wrongPassword}${keys.enter}`);
    await person.sees(['The password was wrong.', question]);
  }
  await person.types(`${targetPassword}${keys.enter}`);
  await person.sees(['Too many wrong passwords', 'The next try is possible in']);
  stage.check((await findRun(stage.site, target, stage.signal)) === null, 'after five wrong ones the right one begins nothing either');
  await person.sees(['The next try is possible in 1 seconds.', question]);
  await person.types(`${targetPassword}${keys.enter}`);
}

async function checkNowhere(stage: Stage, machine: Machine): Promise<void> {
  const found = await filesWith(sequenceName, stage);
  const expected = ['server.log', 'site/ostler.sqlite', `${machine.name}.serial.log`];
  stage.check(
    expected.every((name) => found.some((path) => path.startsWith(name))),
    `what is no secret is found in ${found.join(', ')}`,
  );
  for (const word of [targetPassword, wrongPassword]) {
    const having = await filesWith(word, stage);
    stage.check(having.length === 0, `what was typed unseen is in no file of the site or the computer${['', ...having].join(' ')}`);
  }
}
