/** Install Software Updates: the distribution's own, by its own package program; all of them, or those that mend security alone. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { OstlerError, type StepOptions } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { aptOptions, unattended } from './install-content.ts';
import { openPrivateFolder } from '../private-folder.ts';
import { runProgram } from './run-program.ts';
import type { StepContext, StepHandler } from './step-context.ts';

type Options = StepOptions<'install-software-updates'>;
interface Updater {
  readonly program: string;
  update(updates: Options['updates'], context: StepContext): Promise<StepResult>;
}

const apt: Updater = {
  program: 'apt-get',
  update: async (updates, context) => {
    const refreshed = await runProgram(
      { program: 'apt-get', args: ['update', ...aptOptions, '-o', 'APT::Update::Error-Mode=any'], env: unattended },
      context,
    );
    if (refreshed.exitCode !== 0) return refreshed;
    await using folder = await openPrivateFolder(join(context.stateDirectory, 'updates'));
    const only = updates === 'security' ? await securityPins(folder.path) : [];
    const result = await runProgram({ program: 'apt-get', args: ['dist-upgrade', ...aptOptions, ...only], env: unattended }, context);
    return { ...result, facts: countOf(result.output, /^(?<count>\d+) upgraded/m) };
  },
};

const dnf: Updater = {
  program: 'dnf',
  update: async (updates, context) => {
    const only = updates === 'security' ? ['--security'] : [];
    const result = await runProgram({ program: 'dnf', args: ['upgrade', '-y', '--refresh', ...only] }, context);
    return { ...result, facts: countOf(result.output, /^Upgrade\s+(?<count>\d+) Package/m) };
  },
};

/** @throws OstlerError UPDATES_NOT_POSSIBLE */
export const installSoftwareUpdates: StepHandler<'install-software-updates'> = async (options, context) => {
  const updater = await findUpdater(context);
  context.log.info({ program: updater.program, updates: options.updates }, 'installing software updates');
  context.report({ activity: 'Installing software updates', done: 0, total: null, unit: 'steps' }, null);
  let result = await updater.update(options.updates, context);
  for (let attempt = 1; result.exitCode !== 0 && attempt <= options.retries; attempt += 1) {
    context.log.warn({ exitCode: result.exitCode, attempt, retries: options.retries }, 'the updates failed; trying again');
    await setTimeout(options.retryDelaySeconds * 1000, undefined, { signal: context.signal });
    result = await updater.update(options.updates, context);
  }
  return result;
};

async function findUpdater({ imaging }: StepContext): Promise<Updater> {
  for (const updater of [apt, dnf]) if (await imaging.hasProgram('/', updater.program)) return updater;
  throw new OstlerError('UPDATES_NOT_POSSIBLE', {});
}

/**
 * Packages of the security archives are preferred as always, all others stay as they are: a priority of 100 is an installed version's own
 * (apt_preferences(5)); of several entries for an archive the first counts. Archives are told by their label or suite: Debian names them Debian-Security, Ubuntu …-security.
 */
async function securityPins(folder: string): Promise<string[]> {
  const pins = [
    ['*', 'release l=Debian-Security', 990],
    ['*', 'release a=*-security', 990],
    // What is installed is an archive too, called "now".
    ['*', 'release a=now', 100],
    ['*', 'release *', 99],
  ] as const;
  const path = join(folder, 'security-only');
  await writeFile(path, pins.map(([name, pin, priority]) => `Package: ${name}\nPin: ${pin}\nPin-Priority: ${priority}\n`).join('\n'));
  return ['-o', `Dir::Etc::Preferences=${path}`];
}

function countOf(output: string, pattern: RegExp): Record<string, number> {
  const count = pattern.exec(output)?.groups?.['count'];
  return count === undefined ? {} : { updates: Number(count) };
}
