/** Scripts, checks, child sequences, network and domain. Property names: the SDK's action classes. */
import { VariableName } from '@ostler/contract';
import { lost, numberOf, words, type Conversion, type Conversions, type Convert } from './draft.ts';
import type { OriginalStep } from './original.ts';

export const scriptAndCheckSteps = {
  SMS_TaskSequence_RunPowerShellScriptAction: (step, site) => runScript(step, site),
  SMS_TaskSequence_SubTasksequence: (step, site) => runTaskSequence(step, site),
  SMS_TaskSequence_PrestartCheckAction: (step) => checkReadiness(step),
  SMS_TaskSequence_ConnectNetworkFolderAction: (step) => connectNetworkFolder(step),
  SMS_TaskSequence_JoinDomainWorkgroupAction: (step) => joinDomain(step),
} as const satisfies Readonly<Record<string, Convert>>;

function runScript(step: OriginalStep, site: Conversions): Conversion | undefined {
  const inline = decodeScript(step.value('SourceScript'));
  const packageId = step.value('PackageID');
  if (inline === '' && packageId === '') return undefined;
  const found = inline === '' ? site.reference('package', packageId) : { id: '', obstacles: [] };
  const output = VariableName.safeParse(step.value('OutputVariableName'));
  return {
    draft: {
      type: 'run-script',
      options: {
        interpreter: 'powershell',
        source:
          inline === '' ? { kind: 'package', packageId: found.id, file: step.value('ScriptName') } : { kind: 'inline', script: inline },
        parameters: words(step.value('Parameters')),
        workingDirectory: step.value('WorkingDirectory'),
        ...(output.success ? { outputVariable: output.data } : {}),
      },
    },
    notes: lost(step, { ExecutionPolicy: 'the execution policy of PowerShell is not set here' }),
    obstacles: [...found.obstacles, ...(step.isTrue('RunAsUser') ? ['it runs as another account, which is not imported'] : [])],
  };
}

/** The text of an inline script: UTF-16 in base64. */
function decodeScript(base64: string): string {
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return '';
  const bytes = Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0);
  return new TextDecoder('utf-16le').decode(bytes);
}

function runTaskSequence(step: OriginalStep, site: Conversions): Conversion | undefined {
  const originalId = step.value('TsPackageID');
  if (originalId === '') return undefined;
  const { id, obstacles } = site.reference('task sequence', originalId);
  return { draft: { type: 'run-task-sequence', options: { taskSequenceId: id } }, obstacles };
}

/** Each check there has a switch of its own. */
function checkReadiness(step: OriginalStep): Conversion {
  const limit = (check: string, property: string): number | undefined => {
    const value = step.isTrue(check) ? numberOf(step, property) : undefined;
    return value === undefined || value === 0 ? undefined : value;
  };
  return {
    draft: {
      type: 'check-readiness',
      options: {
        minimumMemoryMb: limit('CheckMemory', 'Memory'),
        minimumProcessorMhz: limit('CheckProcessorSpeed', 'ProcessorSpeed'),
        minimumFreeDiskMb: limit('CheckFreeDiskSpace', 'FreeDiskSpace'),
        acPower: step.isTrue('CheckACPower'),
        networkConnected: step.isTrue('CheckNetworkConnected'),
        networkWired: step.isTrue('CheckNetworkWired'),
        uefi: step.isTrue('CheckUEFI'),
      },
    },
    notes: lost(step, {
      CheckOSType: 'whether the system is for clients or servers is not checked',
      CheckMinOSVersion: 'the oldest version of Windows is not checked',
      CheckMaxOSVersion: 'the newest version of Windows is not checked',
      CheckCMClientMinVersion: 'there is no Configuration Manager client to check',
      CheckOSLanguage: 'the language of Windows is not checked',
      CheckArchitecture: 'the architecture is not checked',
    }),
  };
}

function connectNetworkFolder(step: OriginalStep): Conversion | undefined {
  const path = step.value('Path');
  const letter = step.value('DriveLetter').replace(':', '').toLowerCase();
  if (path === '') return undefined;
  const mountPoint = `/mnt/${/^[a-z]$/.test(letter) ? letter : 'share'}`;
  return {
    draft: { type: 'connect-to-network-folder', options: { path, mountPoint, account: step.value('Username') } },
    notes: [
      `it is found at ${mountPoint} instead of a drive letter`,
      'the password is not imported: set SMSConnectNetworkFolderPassword as a secret variable',
    ],
  };
}

function joinDomain(step: OriginalStep): Conversion | undefined {
  const restart = !step.isTrue('SkipReboot');
  if (step.value('Type') === '1') {
    return { draft: { type: 'join-domain', options: { join: { kind: 'workgroup', workgroup: step.value('WorkgroupName') }, restart } } };
  }
  const domain = step.value('DomainName');
  if (domain === '') return undefined;
  const join = {
    kind: 'domain' as const,
    domain,
    organizationalUnit: step.value('DomainOUName').replace(/^LDAP:\/\//i, ''),
    account: step.value('DomainUsername'),
  };
  const notes = ['the password is not imported: set OSDJoinPassword as a secret variable'];
  return { draft: { type: 'join-domain', options: { join, restart } }, notes };
}
