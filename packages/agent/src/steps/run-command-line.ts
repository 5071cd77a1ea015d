/** Run Command Line: a line for the shell, in the environment the agent runs in or inside the applied system (feature map §2.4). */
import { openPackageFolder } from './package-folder.ts';
import { packageOf, type StepHandler } from './step-context.ts';
import { placeOf, runInPlace } from './run-shell.ts';

export const runCommandLine: StepHandler<'run-command-line'> = async (options, context) => {
  const { variables } = context;
  const place = await placeOf(options, context);
  await using folder =
    options.packageId === undefined ? null : await openPackageFolder(packageOf(context, options.packageId), place.root, context);
  const commandLine = variables.expand(options.commandLine);
  const cwd = variables.expand(options.workingDirectory) || (folder?.pathInside ?? '/');
  const shown = isTrue(variables.get('OSDDoNotLogCommand')) ? '(not logged)' : commandLine;
  context.log.info({ commandLine: shown, inTarget: options.inTarget }, 'running a command line');
  return await runInPlace(['/bin/sh', '-c', commandLine], { ...place, cwd }, options, context);
};

/** Variables that switch something on are `TRUE`, whatever the case. */
export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
