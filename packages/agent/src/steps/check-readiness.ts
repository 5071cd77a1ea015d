/**
 * Check Readiness: every check that the step names is made, also after one that fails; then the step fails with 4316 if any did, and lists all.
 * Each check leaves its read-only variable `_TS_CR…`: 1 passed, 0 failed, not set: not made (feature map §2.4).
 */
import type { DeviceFacts, Environment, StepOptions } from '@ostler/contract';
import { compareVersions } from '@ostler/task-sequence';
import { connectedAdapters, freeMegabytes, isOnMains, operatingSystem, processorMhz, tpmVersion } from '../facts/readiness.ts';
import type { StepHandler } from './step-context.ts';

type Options = StepOptions<'check-readiness'>;

export interface Computer {
  /** `/`, or a folder that looks like it. */
  readonly root: string;
  readonly environment: Environment;
  readonly facts: DeviceFacts;
}
interface Check {
  readonly variable: string;
  readonly passed: boolean;
  /** `memory: 1024 MB, at least 2048 MB wanted`. */
  readonly text: string;
}
/** One of the step's options to one check; `wanted` is the option's value. */
type Checks = { readonly [K in keyof Options]-?: (wanted: NonNullable<Options[K]>, computer: Computer) => Promise<Check> };

const notReady = 4316;
/** What firmware and graphics take from the memory that was bought does not make a computer fail. */
const memoryTolerance = 0.95;
const megabyte = 1024 ** 2;
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const checks: Checks = {
  minimumMemoryMb: async (wanted, { facts }) => {
    const found = Math.round(facts.memoryBytes / megabyte);
    return atLeast('_TS_CRMEMORY', 'memory', found, wanted, 'MB', found >= wanted * memoryTolerance);
  },
  minimumProcessorMhz: async (wanted, { root }) => {
    const found = await processorMhz(root);
    return atLeast('_TS_CRSPEED', 'processor', found, wanted, 'MHz', found !== null && found >= wanted);
  },
  minimumFreeDiskMb: async (wanted, { root, environment, facts }) => {
    // In the boot environment the disk is about to be divided anew: its size counts.
    const sizes = facts.disks.map(({ sizeBytes }) => Math.floor(sizeBytes / megabyte));
    const found = environment === 'boot-image' ? Math.max(0, ...sizes) : await freeMegabytes(root);
    return atLeast('_TS_CRDISK', environment === 'boot-image' ? 'largest disk' : 'free disk space', found, wanted, 'MB', found >= wanted);
  },
  architecture: async (wanted) => {
    const found = architectures[process.arch] ?? process.arch;
    return check('_TS_CRARCH', found === wanted, `architecture: ${found}, ${wanted} wanted`);
  },
  minimumOsVersion: async (wanted, { root }) => {
    const { version } = await operatingSystem(root);
    const passed = version !== null && compareVersions(version, wanted) >= 0;
    return check('_TS_CRMINOSVER', passed, `operating system version: ${version ?? 'not known'}, at least ${wanted} wanted`);
  },
  maximumOsVersion: async (wanted, { root }) => {
    const { version } = await operatingSystem(root);
    const passed = version !== null && compareVersions(version, wanted) <= 0;
    return check('_TS_CRMAXOSVER', passed, `operating system version: ${version ?? 'not known'}, at most ${wanted} wanted`);
  },
  osLanguage: async (wanted, { root }) => {
    const { language } = await operatingSystem(root);
    const passed = language !== null && language.toLowerCase().startsWith(wanted.replace('-', '_').toLowerCase());
    return check('_TS_CROSLANGUAGE', passed, `operating system language: ${language ?? 'not known'}, ${wanted} wanted`);
  },
  acPower: (wanted, { root }) => wantedFact('_TS_CRACPOWER', 'mains power', wanted, isOnMains(root)),
  networkConnected: (wanted, { root }) =>
    wantedFact(
      '_TS_CRNETWORK',
      'network',
      wanted,
      hasLink(root, () => true),
    ),
  networkWired: (wanted, { root }) =>
    wantedFact(
      '_TS_CRWIRED',
      'wired network',
      wanted,
      hasLink(root, ({ isWireless }) => !isWireless),
    ),
  tpm: (wanted, { root }) =>
    wantedFact(
      '_TS_CRTPMENABLED',
      'TPM',
      wanted,
      tpmVersion(root).then((version) => version !== null),
    ),
  tpm2: (wanted, { root }) =>
    wantedFact(
      '_TS_CRTPMACTIVATED',
      'TPM 2.0',
      wanted,
      tpmVersion(root).then((version) => version === '2'),
    ),
  uefi: (wanted, { facts }) => wantedFact('_TS_CRUEFI', 'UEFI', wanted, Promise.resolve(facts.firmware === 'uefi')),
};

export const checkReadiness: StepHandler<'check-readiness'> = async (options, { facts, environment, variables, log }) => {
  const made = await makeChecks(options, { root: '/', environment, facts });
  for (const { variable, passed, text } of made) {
    variables.set(variable, passed ? '1' : '0');
    log.info({ check: text, passed }, 'a readiness check was made');
  }
  const failed = made.filter(({ passed }) => !passed);
  const output = made.map(({ passed, text }) => `${passed ? 'passed' : 'FAILED'}  ${text}`).join('\n');
  return { exitCode: failed.length === 0 ? 0 : notReady, output, facts: { checks: made.length, failed: failed.length } };
};

/** All the checks that the options name, in the order of the table. */
export async function makeChecks(options: Options, computer: Computer): Promise<Check[]> {
  const made: Check[] = [];
  for (const [name, make] of Object.entries(checks)) {
    const wanted = options[name as keyof Options];
    if (wanted === undefined || wanted === false) continue;
    // Safe: each function of the table takes the value of the option of its name.
    made.push(await (make as (wanted: unknown, computer: Computer) => Promise<Check>)(wanted, computer));
  }
  return made;
}

function check(variable: string, passed: boolean, text: string): Check {
  return { variable, passed, text };
}

function atLeast(variable: string, what: string, found: number | null, wanted: number, unit: string, passed: boolean): Check {
  return check(variable, passed, `${what}: ${found === null ? 'not known' : `${found} ${unit}`}, at least ${wanted} ${unit} wanted`);
}

async function wantedFact(variable: string, what: string, _wanted: boolean, found: Promise<boolean>): Promise<Check> {
  const passed = await found;
  return check(variable, passed, `${what}: ${passed ? 'yes' : 'no'}`);
}

async function hasLink(root: string, isMeant: (adapter: { readonly isWireless: boolean }) => boolean): Promise<boolean> {
  return (await connectedAdapters(root)).some(isMeant);
}
