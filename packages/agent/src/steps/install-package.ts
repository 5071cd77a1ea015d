/** Install Package: a .deb or a script from content, in the installed system. */
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOstlerError, type Package } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { installedDirectory } from '../config.ts';
import { runProgram } from './run-program.ts';
import { packageOf, transferPort, type StepContext, type StepHandler } from './step-context.ts';

type Install = (path: string, args: string, context: StepContext) => Promise<StepResult>;

const unattended = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a', APT_LISTCHANGES_FRONTEND: 'none' };
/** Waits for another package program; keeps changed configuration files; never asks. */
const aptOptions = [
  '-y',
  '-o',
  'DPkg::Lock::Timeout=600',
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
];

const installers: Readonly<Record<Package['kind'], Install>> = {
  deb: async (path, _args, context) => {
    try {
      return await runProgram({ program: 'apt-get', args: ['install', ...aptOptions, path], env: unattended }, context);
    } catch (error) {
      if (!isOstlerError(error) || error.code !== 'COMMAND_NOT_FOUND') throw error;
      return runProgram({ program: 'dpkg', args: ['--force-confdef', '--force-confold', '--install', path], env: unattended }, context);
    }
  },
  script: async (path, args, context) => {
    await chmod(path, 0o700);
    // The arguments are words for the shell, as their author wrote them.
    return runProgram({ program: 'sh', args: ['-c', `exec "$0" ${args}`, path], cwd: '/', env: unattended }, context);
  },
};

export const installPackage: StepHandler<'install-package'> = async (options, context) => {
  const { variables, content, log } = context;
  const found = packageOf(context, options.packageId);
  const path = join(installedDirectory, 'packages', found.fileName);
  const began = performance.now();
  await content.download(found.content, path, transferPort(context, `Downloading ${found.name}`));
  const downloadMs = Math.round(performance.now() - began);
  log.info({ package: found.name, kind: found.kind, downloadMs }, 'installing the package');
  context.report({ activity: `Installing ${found.name}`, done: 0, total: null, unit: 'steps' }, null);
  const result = await installers[found.kind](path, variables.expand(options.arguments), context);
  await rm(path, { force: true });
  return { ...result, facts: { package: found.name, downloadBytes: found.content.sizeBytes, downloadMs } };
};
