/**
 * Every step that runs on Linux, each once or more, in one run with four restarts; and what each of them left is looked at afterwards.
 *
 * What of the steps is not in it, and why: a domain (no domain controller is started); Enable Disk Encryption (a TPM and a start from what it
 * writes: disk-encryption.ts); the PIN of a TPM (tested on a software TPM in packages/imaging); network folders in the boot environment (a boot image has the programs for them only when
 * it was built with them); dnf and .rpm (the image is Debian's); PowerShell (Debian has none); user state as hard links on the disk (a
 * refresh: refresh.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { stepFacts } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { deployRequired, importDevice, listMessages, waitForRun, type DeviceDeployment } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import { reachMachine } from '../ssh.ts';
import type { Stage } from '../stage.ts';
import type { GroupDraft } from '../step-drafts.ts';
import { slowDiskOption, systemDevice } from './encrypted-system.ts';
import { makeContent } from './kitchen-sink-content.ts';
import { captured, kitchenSinkSteps, looks } from './kitchen-sink-steps.ts';
import type { Scenario } from './scenario.ts';

export const kitchenSinkScenarios: readonly Scenario[] = [
  {
    name: 'kitchen-sink',
    shows:
      'Every step that works on Linux runs in one sequence with four restarts between boot environment and installed system, and each has left what it should.',
    dhcp: 'full',
    images: ['equipped'],
    machineCount: 1,
    timeLimitMinutes: 60,
    play,
  },
];

const secrets = { RootPassword: 'root-Kennwort-4711', FolderPassword: 'folder-Kennwort-4712' } as const;

async function play(stage: Stage): Promise<void> {
  const { site, signal, network, sshKey } = stage;
  const machine = await stage.addMachine({ name: 'lab-kitchen-sink' });
  const address = network.addresses.server.replace(/1$/, '77');
  const options = { sshPublicKey: sshKey.publicKey, staticAddress: `${address}/24`, macAddress: machine.macAddress };
  const steps = kitchenSinkSteps({ content: await makeContent(stage), ...options });
  checkIsComplete(stage, steps);
  const target = await deploy(stage, machine, steps);
  await machine.powerOn(signal);

  await lookOnce(stage, machine, target, address);
  await lookAgain(stage, machine, target, address);
  const ended = await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
  await lookAtImage(stage);

  const messages = await listMessages(site, ended.id, signal);
  const restarts = messages.filter(({ kind }) => kind === 'restarting').map(({ output }) => output);
  stage.check(restarts.length === 4, `there were four restarts: ${restarts.join(', ')}`);
  stage.check(!messages.some(({ kind }) => kind === 'step-failed'), 'no step failed, not even for a moment');
  const everything = JSON.stringify(messages) + (await machine.serial.read());
  stage.check(!Object.values(secrets).some((secret) => everything.includes(secret)), 'no secret is in a message or on the screen');
}

/** The reason stands at the top. */
const leftOut = new Set<string>(['enable-disk-encryption']);

/** A step type that is new in the contract has to come in here. */
function checkIsComplete(stage: Stage, groups: readonly GroupDraft[]): void {
  const used = new Set<string>(groups.flatMap(({ steps }) => steps.map(({ type }) => type)));
  const wanted = Object.entries(stepFacts).flatMap(([type, { needs }]) => (needs === undefined && !leftOut.has(type) ? [type] : []));
  const missing = wanted.filter((type) => !used.has(type));
  stage.check(
    missing.length === 0,
    `all ${wanted.length} steps that work are in the sequence${missing.map((type) => `, but ${type}`).join('')}`,
  );
}

async function deploy({ site, signal }: Stage, machine: Machine, steps: readonly GroupDraft[]): Promise<DeviceDeployment> {
  const device = await importDevice(site, machine, machine.name, signal);
  for (const [name, value] of Object.entries(secrets)) {
    await site.call('devices.setVariable', { params: { id: device.id, name }, body: { value, secret: true } }, signal);
  }
  const { id } = await site.call('taskSequences.create', { query: {}, body: { name: 'Kitchen sink', steps: [...steps] } }, signal);
  const deploymentId = await deployRequired(site, id, 'Computers for everything', [device.id], signal);
  return { deploymentId, deviceId: device.id };
}

type Ask = (line: string) => Promise<string>;

/** Over ssh, once the machine has the address that it should have. A command that fails answers its exit code. */
async function reach(stage: Stage, machine: Machine, address: string): Promise<Ask> {
  const { network, sshKey, signal } = stage;
  for (;;) {
    const reached = await reachMachine(machine, network, sshKey, signal);
    if (reached.address === address) return async (line) => (await reached.command(`${line} || echo "exit code $?"`, signal)).trim();
    stage.log(`it answers at ${reached.address}; it should have ${address}`);
    await sleep(2000, undefined, { signal });
  }
}

/** What a command says, and what that shows. */
type Expected = readonly (readonly [command: string, answer: string | RegExp, sentence: string])[];

async function expectAll(stage: Stage, ask: Ask, expected: Expected): Promise<void> {
  for (const [command, answer, sentence] of expected) {
    const said = await ask(command);
    const isSo = typeof answer === 'string' ? said === answer : answer.test(said);
    stage.check(isSo, `${sentence}${isSo ? '' : ` (${command} says: ${said})`}`);
  }
}

async function waitForLook(stage: Stage, target: DeviceDeployment, { name }: (typeof looks)[keyof typeof looks]): Promise<void> {
  await waitForRun(stage.site, target, ({ step }) => step?.stepName === name, stage.log, stage.signal);
}

async function lookOnce(stage: Stage, machine: Machine, target: DeviceDeployment, address: string): Promise<void> {
  await waitForLook(stage, target, looks.first);
  const ask = await reach(stage, machine, address);
  await expectAll(stage, ask, [
    ['hostname', machine.name, 'Apply OS Settings: the computer has its name'],
    ['readlink /etc/localtime', /Europe\/Berlin$/, 'and its time zone'],
    ['grep XKBLAYOUT /etc/default/keyboard', /"?de"?$/, 'and its keyboard'],
    ['passwd --status root', /^root P /, 'and its administrator a password'],
    [
      'ip -4 -o addr show scope global',
      new RegExp(`inet ${address}/24 (?:(?!dynamic).)*$`),
      'Apply Network Settings: the address is the static one',
    ],
    ['findmnt -no SOURCE /', /^\/dev\/mapper\/luks-/, 'Pre-provision Disk Encryption: the system is inside an encrypted partition'],
    ['findmnt -no FSTYPE,SOURCE /boot', /^ext4\s+\/dev\/[sv]da2$/, 'Format and Partition Disk: /boot is the second partition'],
    ['findmnt -no FSTYPE /srv/data', 'xfs', 'and the third has XFS and is mounted where the data image said'],
    ['cat /srv/data/shelf/book', 'from the data image', 'Apply Data Image: its file is there'],
    ['cat /proc/cmdline', new RegExp(slowDiskOption), 'Setup Operating System: the kernel has its option'],
    ['cat /usr/lib/firmware/lab/fitting.bin', 'for virtio', 'Auto Apply Drivers: firmware for a device of the machine'],
    ['cat /usr/lib/firmware/lab/other.bin', 'for nothing here', 'Apply Driver Package: firmware'],
    ['dpkg-query -W -f "\\${Version}" lab-driver', '1.0', 'and a package'],
    ['cat /root/in-target', 'blue|two words|blue|', 'Run Script: inside the applied system, with variables and parameters'],
    ['cat /root/by-python', 'one-two blue', 'and in Python, out of a package'],
    ['cat /root/arguments', 'two words|blue|', 'Install Package: a script with arguments'],
    [
      'cat /usr/share/lab-marker/marker',
      'updated',
      'Download Package Content and Install Software Updates: a .deb in the version of the repository',
    ],
    ['tr "\\n" " " </opt/lab/order', /^library tool\s*$/, 'Install Application: what it depends on came first'],
    ['grep workgroup /etc/samba/smb.conf', 'workgroup = LAB', 'Join Workgroup: Samba’s setting'],
    ['tr "\\n" " " </root/from-folders', /^smb nfs\s*$/, 'Connect To Network Folder: SMB and NFS were read'],
    ['cat /srv/smb/written /srv/nfs/written', /^written\s+written$/, 'and written'],
    [
      `cryptsetup open --test-passphrase --key-file $(ls /etc/cryptsetup-keys.d/*.key) ${systemDevice} && echo opens`,
      'opens',
      'Disable Disk Encryption: the key in clear opens the disk',
    ],
    ['id anna', /exit code 1$/, 'the user whose state was captured is gone'],
  ]);
  const { items } = await stage.site.call('stateStores.list', { query: {} }, stage.signal);
  stage.check(items[0]?.state === 'complete', 'Release State Store: the store at the site is complete');
  await ask(`touch ${looks.first.file}`);
}

async function lookAgain(stage: Stage, machine: Machine, target: DeviceDeployment, address: string): Promise<void> {
  await waitForLook(stage, target, looks.second);
  const ask = await reach(stage, machine, address);
  const variables = await ask('cat /root/variables');
  const expected: Readonly<Record<string, string>> = {
    _TS_CRMEMORY: '1',
    _TS_CRUEFI: '1',
    _TS_CRNETWORK: '1',
    Colour: 'blue',
    WhoRan: 'nobody',
    Kind: 'virtual',
    Mine: 'yes',
    FromChild: 'the child saw blue',
    OSDComputerName: machine.name,
    OSDTimeZone: captured.timeZone,
    OSDWindowsSettingsInputLocale: captured.keyboard,
    OSDAdapterCount: '1',
    OSDAdapter0IPAddressList: `${address}/24`,
  };
  for (const [name, value] of Object.entries(expected)) {
    stage.check(`\n${variables}\n`.includes(`\n${name}=${value}\n`), `the variable ${name} is ${value}`);
  }
  await expectAll(stage, ask, [
    ['id -u anna', '4711', 'Restore User State: the account is back'],
    ['cat /home/anna/letter', 'Dear Anna', 'and its file'],
    ['stat -c %U /home/anna/letter', 'anna', 'which is hers'],
    ['findmnt -n /mnt/smb', 'exit code 1', 'the network folders are disconnected after the restart'],
  ]);
  const { items } = await stage.site.call('stateStores.list', { query: {} }, stage.signal);
  stage.check(items[0]?.state === 'restored', 'the store at the site is known as restored');
  await ask(`touch ${looks.second.file}`);
}

async function lookAtImage(stage: Stage): Promise<void> {
  const { site, signal } = stage;
  const image = (await site.call('images.list', {}, signal)).items.find(({ name }) => name === captured.imageName);
  stage.check(image?.origin === 'capture', 'Capture Operating System Image: the image is at the site');
  stage.check(image?.indexes[0]?.family === 'linux', 'and it is one of a Linux system');
  const wim = site.contentPath(image?.content.sha256 ?? '');
  const { stdout: files } = await run('wimlib-imagex', ['dir', wim], { signal });
  stage.check(files.includes('\n/home/anna/letter\n'), 'with the files that were there');
  stage.check(!/luks-.*\.key/.test(files), 'without the key of the computer’s disk');
  stage.check(!/ssh_host_.*_key/.test(files), 'Prepare OS for Capture: and without its ssh host keys');
  const { stdout: machineId } = await run('wimlib-imagex', ['extract', wim, '1', '/etc/machine-id', '--to-stdout'], { signal });
  stage.check(machineId === '', 'and its machine id');
}
