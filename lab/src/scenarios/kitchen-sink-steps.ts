/** The sequence of the scenario kitchen-sink: every step that runs on Linux, across four restarts. What each leaves is checked in kitchen-sink.ts. */
import { group, step, type GroupDraft, type StepDraft } from '../step-drafts.ts';
import { slowDiskOption, systemPartition } from './encrypted-system.ts';
import type { KitchenSinkContent } from './kitchen-sink-content.ts';

export interface KitchenSinkOptions {
  readonly content: KitchenSinkContent;
  readonly sshPublicKey: string;
  /** With its prefix length: the installed system has this one, not one of DHCP's. */
  readonly staticAddress: string;
  readonly macAddress: string;
}

/** The run stands at these steps until somebody has looked at the computer and made the file. */
export const looks = {
  first: { name: 'Wait for the first look', file: '/root/looked-once' },
  second: { name: 'Wait for the second look', file: '/root/looked-twice' },
} as const;

export const captured = { imageName: 'Captured kitchen sink', timeZone: 'Europe/Berlin', keyboard: 'de' } as const;
/** Where Download Package Content lays the repository, as the installed system has it. */
const contentFolder = '/srv/content';

export function kitchenSinkSteps(options: KitchenSinkOptions): readonly GroupDraft[] {
  return [
    group('Bare computer', [...disk(options), ...firstSystem(options)]),
    group('First system', [...scripts(options), ...software(options), ...networkFolders(), ...userStateOut()]),
    group('Back in the boot environment', backInBootEnvironment(options)),
    group('Second system', userStateBack()),
    group('Capture', [
      step('capture-operating-system-image', 'Capture the image', { imageName: captured.imageName, compression: 'xpress' }),
    ]),
  ];
}

function line(name: string, commandLine: string, more: { readonly outputVariable?: string; readonly runAs?: string } = {}): StepDraft {
  return step('run-command-line', name, { commandLine, ...more });
}

function waitFor({ name, file }: (typeof looks)[keyof typeof looks]): StepDraft {
  return step('run-command-line', name, { commandLine: `while [ ! -e ${file} ]; do sleep 1; done` }, { timeoutMinutes: 20 });
}

function disk({ content }: KitchenSinkOptions): StepDraft[] {
  return [
    step('check-readiness', 'Look at the computer', {
      minimumMemoryMb: 1500,
      minimumFreeDiskMb: 6000,
      architecture: 'amd64',
      acPower: true,
      networkConnected: true,
      networkWired: true,
      uefi: true,
    }),
    step('format-and-partition-disk', 'Partition the disk', {
      style: 'gpt',
      partitions: [
        { name: 'EFI', type: 'efi', fileSystem: 'fat32', size: 200, sizeUnits: 'MB' },
        { name: 'Boot', size: 700, sizeUnits: 'MB', mountPoint: '/boot' },
        { name: 'Data', fileSystem: 'xfs', size: 400, sizeUnits: 'MB', variable: 'DataPartition' },
        { name: 'System', size: 100, sizeUnits: 'percent', variable: 'SystemPartition' },
      ],
    }),
    step('pre-provision-disk-encryption', 'Encrypt the system’s partition', { destination: systemPartition }),
    step('apply-operating-system-image', 'Apply the image', { imageId: content.imageId, destination: systemPartition }),
    step('apply-data-image', 'Apply the data', {
      imageId: content.dataImageId,
      destination: { kind: 'variable', variable: 'DataPartition' },
      mountPoint: '/srv/data',
    }),
  ];
}

function firstSystem({ content, sshPublicKey, staticAddress, macAddress }: KitchenSinkOptions): StepDraft[] {
  return [
    step('auto-apply-drivers', 'Drivers that fit', {}),
    step('apply-driver-package', 'Other drivers', { packageId: content.otherDriversId }),
    step('apply-os-settings', 'Settings', {
      timeZone: captured.timeZone,
      keyboard: captured.keyboard,
      administrator: { passwordVariable: 'RootPassword', sshAuthorizedKeys: [sshPublicKey] },
    }),
    step('apply-network-settings', 'Network', { adapters: [{ macAddress, enableDhcp: false, addresses: [staticAddress] }] }),
    step('set-task-sequence-variable', 'A colour', { variable: 'Colour', value: 'blue' }),
    step('run-script', 'A script inside the applied system', {
      interpreter: 'sh',
      source: { kind: 'inline', script: 'printf "%s|" "$TS_Colour" "$@" >/root/in-target\n' },
      parameters: ['two words', '%Colour%'],
      inTarget: true,
    }),
    step('download-package-content', 'Lay the repository down', {
      packageIds: [content.repositoryId],
      destination: { kind: 'path', path: `%OSDTargetSystemRoot%${contentFolder}` },
      continueOnFailure: false,
    }),
    step('setup-operating-system', 'Make it start', { kernelOptions: slowDiskOption }),
  ];
}

function scripts({ content, macAddress }: KitchenSinkOptions): StepDraft[] {
  return [
    line('Who runs', 'id -un', { outputVariable: 'WhoRan', runAs: 'nobody' }),
    step('run-script', 'A Python script of a package', {
      interpreter: 'python',
      source: { kind: 'package', packageId: content.toolsId, file: 'work.py' },
      parameters: ['one', 'two'],
    }),
    step('set-dynamic-variables', 'Rules', {
      rules: [
        { variables: [{ name: 'Kind', value: 'any' }] },
        { when: { kind: 'make-and-model', make: 'ostler', model: 'Lab*' }, variables: [{ name: 'Kind', value: 'virtual' }] },
        { when: { kind: 'computer', macAddress }, variables: [{ name: 'Mine', value: 'yes' }] },
        { when: { kind: 'computer', macAddress: '00:00:00:00:00:01' }, variables: [{ name: 'Mine', value: 'no' }] },
      ],
    }),
  ];
}

function software({ content }: KitchenSinkOptions): StepDraft[] {
  return [
    step('install-package', 'Install a .deb', { packageId: content.markerId }),
    step('install-package', 'Run a script', { packageId: content.scriptId, arguments: '"two words" %Colour%' }),
    step('install-application', 'Install an application', { applicationIds: [content.applicationId] }),
    line(
      'Updates come from the repository',
      [
        'rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*',
        `echo 'deb [trusted=yes] file:${contentFolder}/${content.repositoryId} ./' >/etc/apt/sources.list`,
        `echo 'APT::Sandbox::User "root";' >/etc/apt/apt.conf.d/90lab`,
      ].join(' && '),
    ),
    step('install-software-updates', 'Install updates', { retries: 0 }),
    line('Samba has a workgroup', 'mkdir -p /etc/samba && printf "[global]\\n   workgroup = OTHER\\n" >/etc/samba/smb.conf'),
    step('join-domain', 'Join a workgroup', { join: { kind: 'workgroup', workgroup: 'LAB' } }),
  ];
}

/** The computer is its own server: the kernel's, for both protocols. */
function networkFolders(): StepDraft[] {
  const smbSettings = '[global]\\n[share]\\npath = /srv/smb\\nread only = no\\nforce user = root\\nvalid users = lab\\n';
  return [
    line(
      'Serve an SMB folder',
      [
        'mkdir -p /srv/smb /etc/ksmbd && echo smb >/srv/smb/served',
        `printf '${smbSettings}' >/etc/ksmbd/ksmbd.conf`,
        'ksmbd.adduser -a -p "%FolderPassword%" lab',
        'modprobe ksmbd && systemctl restart ksmbd',
      ].join(' && '),
    ),
    line(
      'Serve an NFS folder',
      [
        'mkdir -p /srv/nfs /etc/nfs.conf.d && echo nfs >/srv/nfs/served',
        // After its start the server refuses files for the grace time.
        'printf "[nfsd]\\ngrace-time=10\\nlease-time=10\\n" >/etc/nfs.conf.d/lab.conf',
        'systemctl restart nfs-server',
        'exportfs -o rw,insecure,no_root_squash,no_subtree_check,fsid=0 127.0.0.1:/srv/nfs',
      ].join(' && '),
    ),
    step('connect-to-network-folder', 'Connect the SMB folder', {
      path: '\\\\127.0.0.1\\share',
      mountPoint: '/mnt/smb',
      account: 'lab',
      passwordVariable: 'FolderPassword',
    }),
    step('connect-to-network-folder', 'Connect the NFS folder', {
      path: '127.0.0.1:/',
      mountPoint: '/mnt/nfs',
      mountOptions: 'vers=4.2',
    }),
    line(
      'Use both',
      'cat /mnt/smb/served /mnt/nfs/served >/root/from-folders && echo written >/mnt/smb/written && echo written >/mnt/nfs/written',
    ),
  ];
}

function userStateOut(): StepDraft[] {
  return [
    step('disable-disk-encryption', 'Suspend the encryption', {}),
    line('A user', 'useradd --create-home --uid 4711 anna && echo "Dear Anna" >/home/anna/letter && chown anna: /home/anna/letter'),
    step('request-state-store', 'Ask for a store', { purpose: 'capture' }),
    step('capture-user-state', 'Capture user state', {}),
    step('release-state-store', 'Release the store', {}),
    line('The user is gone', 'userdel --remove anna'),
    waitFor(looks.first),
    step('restart-computer', 'Back to the boot environment', { target: 'boot-image' }),
  ];
}

function backInBootEnvironment({ content }: KitchenSinkOptions): StepDraft[] {
  return [
    step('capture-os-settings', 'Capture settings', {}),
    step('capture-network-settings', 'Capture network settings', {}),
    step('run-task-sequence', 'The child', { taskSequenceId: content.childId }),
    step('restart-computer', 'To the installed system', { target: 'installed-os', delaySeconds: 2, message: 'Going on' }),
  ];
}

function userStateBack(): StepDraft[] {
  return [
    step('request-state-store', 'Ask for the store', { purpose: 'restore' }),
    step('restore-user-state', 'Restore user state', {}),
    step('release-state-store', 'Release the store again', {}),
    line('Tell the variables', 'tsenv list >/root/variables'),
    waitFor(looks.second),
    step('prepare-os-for-capture', 'Prepare for capture', {}),
    step('restart-computer', 'To the capture', { target: 'boot-image' }),
  ];
}
