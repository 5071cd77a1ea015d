/** The scenario of a refresh: a new operating system in the place of the old one, with the people who work on it. */
import { deployRequired } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import type { Reached } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { deployToMachine, waitUntilDeployed } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const refreshScenarios: readonly Scenario[] = [
  {
    name: 'refresh-keeps-users',
    shows:
      'A computer is refreshed twice, with its users’ state on its own disk and at the site: each time the system is new, and its name, its users with their passwords and their files are the old ones.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 75,
    play,
  },
];

/** Belongs to nobody’s folder: the machine id would not do, which systemd makes from the virtual machine’s own. */
const ofTheOldSystem = '/etc/old-system';

async function play(stage: Stage): Promise<void> {
  const machine = await stage.addMachine({ name: 'lab-refreshed' });
  const deployed = await deployToMachine(stage, machine);
  let reached = deployed.reached;
  await moveIn(stage, reached);
  for (const userState of ['on-disk', 'state-store'] as const) {
    await reached.command(`echo old >${ofTheOldSystem}; sync`, stage.signal);
    const before = await lookAround(stage, reached);
    reached = await refresh(stage, machine, deployed.device.id, userState);
    const after = await lookAround(stage, reached);
    checkKept(stage, before, after);
    await checkNew(stage, reached);
  }
}

/** Two people with passwords; one has files of many kinds. */
const people = `useradd --create-home --shell /bin/bash anna
useradd --create-home --uid 4711 bert
printf 'anna:Kirsche-4711\\nbert:Pflaume-4712\\n' | chpasswd
cd /home/anna
mkdir -p 'Briefe & Fotos/alt'
head -c 3000000 /dev/urandom >'Briefe & Fotos/alt/Bild.jpg'
echo 'Grüße' >Brief
ln -s 'Briefe & Fotos' Verweis
ln Brief 'der gleiche Brief'
chown -R --no-dereference anna:anna .
chmod 600 Brief
sync`;

async function moveIn(stage: Stage, reached: Reached): Promise<void> {
  await reached.command(people, stage.signal);
  stage.log('two people have moved in');
}

/** What people see of their computer. */
interface Surroundings {
  /** Each file of the users with its kind, mode, owner, link count and what is in it or where it leads. */
  readonly files: string;
  readonly accounts: string;
  readonly hostName: string;
  readonly partitions: string;
}

const listFiles = String.raw`cd /home && find . -printf '%p %y %m %U:%G %n %l\n' | sort; find . -type f -exec sha256sum {} + | sort`;
const listAccounts = 'for each in passwd shadow group; do getent $each anna bert; done; id anna; id bert';

async function lookAround({ signal }: Stage, reached: Reached): Promise<Surroundings> {
  const command = (line: string): Promise<string> => reached.command(line, signal);
  return {
    files: await command(listFiles),
    accounts: await command(listAccounts),
    hostName: await command('hostname'),
    partitions: await command('lsblk --noheadings --output PARTUUID /dev/vda'),
  };
}

async function refresh(stage: Stage, machine: Machine, deviceId: string, userState: 'on-disk' | 'state-store'): Promise<Reached> {
  const { site, signal, sshKey, imageId } = stage;
  const name = `Refresh, users ${userState}`;
  const body = { template: 'refresh' as const, name, imageId, userState, sshAuthorizedKeys: [sshKey.publicKey] };
  const { id } = await site.call('taskSequences.generate', { body }, signal);
  const deploymentId = await deployRequired(site, id, `Computers of ${name}`, [deviceId], signal);
  await machine.reset(signal);
  return (await waitUntilDeployed(stage, machine, { deploymentId, deviceId })).reached;
}

function checkKept(stage: Stage, before: Surroundings, after: Surroundings): void {
  if (after.files !== before.files) stage.log(`files before:\n${before.files}\nafter:\n${after.files}`);
  if (after.accounts !== before.accounts) stage.log(`accounts before:\n${before.accounts}\nafter:\n${after.accounts}`);
  stage.check(after.hostName === before.hostName, 'the computer has its name');
  stage.check(after.partitions === before.partitions, 'the disk has its partitions');
  stage.check(after.accounts === before.accounts, 'the people have their accounts, numbers and passwords');
  stage.check(after.files === before.files, 'every file of theirs is there, with its owner, its mode and its links');
}

/** What the captured files were kept in is gone, and so is what was the old system’s. */
async function checkNew(stage: Stage, reached: Reached): Promise<void> {
  const left = await reached.command(`ls -d ${ofTheOldSystem} /.ostler-user-state /var/lib/ostler 2>/dev/null || true`, stage.signal);
  stage.check(left.trim() === '', `nothing of the old system or of the way here is left${left === '' ? '' : `: ${left.trim()}`}`);
}
