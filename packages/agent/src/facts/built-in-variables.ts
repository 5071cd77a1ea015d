/** The variables that every run begins with (feature map §3.2). Names that begin with `_` cannot be changed by the sequence. */
import type { DeviceFacts, Environment, RunAssignment } from '@ostler/contract';
import { hardwareVariables, type InitialVariable } from '@ostler/task-sequence';

export interface BuiltInSources {
  readonly assignment: RunAssignment;
  readonly facts: DeviceFacts;
  readonly environment: Environment;
  readonly bootImageId: string | null;
  readonly ipAddresses: readonly string[];
  readonly defaultGateways: readonly string[];
  readonly logPath: string;
  readonly stateDirectory: string;
  /** Kept by Apply Operating System Image. */
  readonly userStatePath: string;
}

/** In order of precedence, lowest first: defaults, what the site says, what the machine is. */
export function initialVariables(sources: BuiltInSources): InitialVariable[] {
  const { assignment } = sources;
  return [plain('OSDComputerName', assignment.deviceName), ...assignment.variables, ...builtInVariables(sources)];
}

function builtInVariables({ assignment, facts, environment, ...sources }: BuiltInSources): InitialVariable[] {
  const values: Readonly<Record<string, string>> = {
    _SMSTSInWinPE: String(environment === 'boot-image'),
    _SMSTSLaunchMode: 'PXE',
    _SMSTSType: '2',
    _SMSTSMachineName: assignment.deviceName,
    _SMSTSPackageID: assignment.taskSequenceId,
    _SMSTSPackageName: assignment.definition.name,
    _SMSTSAdvertID: assignment.deploymentId,
    _SMSTSBootImageID: sources.bootImageId ?? '',
    _SMSTSOrgName: assignment.siteName,
    _SMSTSMP: assignment.boot.serverUrl,
    _SMSTSUseSSL: 'true',
    _SMSTSLogPath: sources.logPath,
    _SMSTSMDataPath: sources.stateDirectory,
    _SMSTSUserStatePath: sources.userStatePath,
    ...hardwareVariables(facts),
    ...networkVariables(sources.ipAddresses, sources.defaultGateways),
  };
  return Object.entries(values).map(([name, value]) => plain(name, value));
}

/** What may change while a run goes on. */
export function networkVariables(ipAddresses: readonly string[], defaultGateways: readonly string[]): Record<string, string> {
  return { _SMSTSIPAddresses: ipAddresses.join(','), _SMSTSDefaultGateways: defaultGateways.join(',') };
}

function plain(name: string, value: string): InitialVariable {
  return { name, value, secret: false };
}
