/** An encrypted computer that starts by itself because of its TPM, and whose disk asks for the site's recovery key where that TPM is not. */
import { deployRequired, importDevice, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { reachMachine, type Reached } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import { group, step, type GroupDraft } from '../step-drafts.ts';
import { slowDiskOption, systemDevice, systemPartition } from './encrypted-system.ts';
import type { Scenario } from './scenario.ts';

export const diskEncryptionScenarios: readonly Scenario[] = [
  {
    name: 'disk-encryption',
    shows:
      'A disk that is bound to the TPM starts without a question in its computer, and in another one only with the recovery key that the site keeps.',
    dhcp: 'full',
    images: ['equipped'],
    machineCount: 1,
    timeLimitMinutes: 45,
    play,
  },
];

function stepsFor(sshPublicKey: string, imageId: string): readonly GroupDraft[] {
  return [
    group('Bare computer', [
      step('format-and-partition-disk', 'Partition the disk', {
        style: 'gpt',
        partitions: [
          { name: 'EFI', type: 'efi', fileSystem: 'fat32', size: 200, sizeUnits: 'MB' },
          { name: 'Boot', size: 700, sizeUnits: 'MB', mountPoint: '/boot' },
          { name: 'System', size: 100, sizeUnits: 'percent', variable: 'SystemPartition' },
        ],
      }),
      step('pre-provision-disk-encryption', 'Encrypt the system’s partition', { destination: systemPartition }),
      step('apply-operating-system-image', 'Apply the image', { imageId, destination: systemPartition }),
      step('apply-os-settings', 'Settings', { administrator: { sshAuthorizedKeys: [sshPublicKey] } }),
      step('setup-operating-system', 'Make it start', { kernelOptions: `${slowDiskOption} console=ttyS0` }),
    ]),
    group('Installed system', [
      step('enable-disk-encryption', 'Bind the disk to the TPM', { protector: 'tpm', recoveryKey: 'site' }),
      step('restart-computer', 'Start once more', { target: 'installed-os' }),
      step('run-command-line', 'It has started by itself', { commandLine: 'findmnt --noheadings --output SOURCE /' }),
    ]),
  ];
}

async function play(stage: Stage): Promise<void> {
  const { site, signal, log } = stage;
  const machine = await stage.addMachine({ name: 'lab-encrypted', tpm: true, serialInput: true });
  const device = await importDevice(site, machine, machine.name, signal);
  const body = { name: 'Encrypt', steps: [...stepsFor(stage.sshKey.publicKey, stage.imageOf('equipped'))] };
  const { id } = await site.call('taskSequences.create', { query: {}, body }, signal);
  const deploymentId = await deployRequired(site, id, 'Computers to encrypt', [device.id], signal);
  await machine.powerOn(signal);
  await waitForRun(site, { deploymentId, deviceId: device.id }, ({ state }) => state === 'succeeded', log, signal);
  stage.check(!unlockPrompt.test(await machine.serial.read()), 'nobody was asked for a key');

  const key = await recoveryKey(stage);
  await checkProtected(stage, await reachMachine(machine, stage.network, stage.sshKey, signal));
  stage.check(!(await machine.serial.read()).includes(key), 'the recovery key was on no screen');

  await startWithoutItsTpm(stage, machine, key);
}

const unlockPrompt = /Please unlock disk/;

async function recoveryKey(stage: Stage): Promise<string> {
  const { site, signal } = stage;
  const { items } = await site.call('recoveryKeys.list', { query: {} }, signal);
  stage.check(items.length === 1, 'the site has one recovery key');
  return (await site.call('recoveryKeys.reveal', { params: { id: items[0]?.id ?? '' } }, signal)).key;
}

async function checkProtected(stage: Stage, reached: Reached): Promise<void> {
  const says = async (line: string, pattern: RegExp, sentence: string): Promise<void> => {
    const said = (await reached.command(line, stage.signal)).trim();
    stage.check(pattern.test(said), `${sentence} (${line})`);
  };
  await says('findmnt --noheadings --output SOURCE /', /^\/dev\/mapper\/luks-/, 'the system runs from the encrypted partition');
  await says(`cryptsetup luksDump ${systemDevice}`, /systemd-tpm2/, 'the TPM opens it');
  await says('find /etc/cryptsetup-keys.d -type f | wc -l', /^0$/, 'no key lies in the system');
  await says('lsinitramfs /boot/initrd.img-* | grep -c keyfiles || true', /^0$/, 'nor in the initramfs beside it');
}

async function startWithoutItsTpm(stage: Stage, machine: Machine, key: string): Promise<void> {
  const { signal, network, sshKey } = stage;
  await machine.cutPower();
  await machine.replaceTpm();
  const from = await machine.serial.mark();
  await machine.powerOn(signal);
  await machine.serial.waitFor(unlockPrompt, from, signal);
  stage.check(true, 'with another TPM the disk does not open: its key is asked for');
  await machine.typeOnSerial(`${key}\r`, signal);
  const reached = await reachMachine(machine, network, sshKey, signal);
  const hostName = (await reached.command('hostname', signal)).trim();
  stage.check(hostName === machine.name, `with the site’s recovery key it starts, and answers as ${machine.name}`);
}
