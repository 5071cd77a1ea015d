/** Installing one package's content in the running system, by its kind: unattended, and after other package programs have ended. */
import { join } from 'node:path';
import { isOstlerError, OstlerError, type Package, type PackageProgram } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { openPackageFolder } from './package-folder.ts';
import { runProgram, type ProgramRequest } from './run-program.ts';
import type { StepContext } from './step-context.ts';

export interface Installation {
  readonly found: Package;
  /** Words for the shell: what follows a script's name or a program's line, or the line to run among an archive's files. */
  readonly argumentText: string;
  /** In place of what the kind of the package says. */
  readonly program?: PackageProgram;
}

/** Programs never ask, whatever they install. */
export const unattended = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a', APT_LISTCHANGES_FRONTEND: 'none' };
/** Waits for another package program; keeps changed configuration files; never asks. */
export const aptOptions: readonly string[] = [
  '-y',
  '-o',
  'DPkg::Lock::Timeout=600',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
];

interface Parts extends Installation {
  readonly folder: string;
}

const installers: Readonly<Record<Package['kind'], (parts: Parts) => readonly [ProgramRequest, ...ProgramRequest[]]>> = {
  deb: ({ found, folder }) => [
    { program: 'apt-get', args: ['install', '--allow-downgrades', ...aptOptions, join(folder, found.fileName)] },
    { program: 'dpkg', args: ['--force-confdef', '--force-confold', '--install', join(folder, found.fileName)] },
  ],
  rpm: ({ found, folder }) => [
    { program: 'dnf', args: ['install', '-y', join(folder, found.fileName)] },
    { program: 'zypper', args: ['--non-interactive', 'install', '--allow-unsigned-rpm', join(folder, found.fileName)] },
    { program: 'rpm', args: ['--upgrade', '--replacepkgs', join(folder, found.fileName)] },
  ],
  // The arguments are words for the shell, as their author wrote them.
  script: ({ found, folder, argumentText }) => [
    { program: 'sh', args: ['-c', `exec "$0" ${argumentText}`, join(folder, found.fileName)], cwd: folder },
  ],
  drivers: ({ found }) => {
    throw new OstlerError('PACKAGE_IS_DRIVERS', { package: found.name });
  },
  archive: ({ found, folder, argumentText }) => {
    if (argumentText.trim() === '') throw new OstlerError('PACKAGE_NEEDS_COMMAND', { package: found.name });
    return [{ program: 'sh', args: ['-c', argumentText], cwd: folder }];
  },
};

function requestsOf(parts: Parts, { variables }: StepContext): readonly [ProgramRequest, ...ProgramRequest[]] {
  const { found, program, folder, argumentText } = parts;
  if (program === undefined) return installers[found.kind](parts);
  const line = `${variables.expand(program.commandLine)} ${argumentText}`;
  return [{ program: 'sh', args: ['-c', line], cwd: join(folder, variables.expand(program.workingDirectory)) }];
}

/** Downloads, installs, and takes the download away. @throws OstlerError PACKAGE_NEEDS_COMMAND, COMMAND_NOT_FOUND */
export async function installContent(installation: Installation, context: StepContext): Promise<StepResult> {
  const { found } = installation;
  const began = performance.now();
  await using folder = await openPackageFolder(found, null, context);
  const downloadMs = Math.round(performance.now() - began);
  context.log.info({ package: found.name, kind: found.kind, downloadMs }, 'installing the package');
  context.report({ activity: `Installing ${found.name}`, done: 0, total: null, unit: 'steps' }, null);
  const requests = requestsOf({ ...installation, folder: folder.path }, context);
  const result = await runFirstFound(requests, context);
  return { ...result, facts: { package: found.name, downloadBytes: found.content.sizeBytes, downloadMs } };
}

/** The first program of the list that this system has. */
export async function runFirstFound(requests: readonly [ProgramRequest, ...ProgramRequest[]], context: StepContext): Promise<StepResult> {
  const [first, ...others] = requests;
  try {
    return await runProgram({ ...first, env: { ...unattended, ...first.env } }, context);
  } catch (error) {
    const [second, ...rest] = others;
    if (!isOstlerError(error) || error.code !== 'COMMAND_NOT_FOUND' || second === undefined) throw error;
    return runFirstFound([second, ...rest], context);
  }
}
