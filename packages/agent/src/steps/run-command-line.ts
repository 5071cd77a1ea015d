/** Run Command Line: a line for the shell, in the environment the agent runs in or inside the applied system. */
import { imagingPort, type StepHandler } from './step-context.ts';
import { runProgram } from './run-program.ts';

/** An output variable gets so much of the end (feature map §2.4). */
const outputVariableChars = 1000;

/**
 * A mount namespace of its own: the applied system sees devices, processes and kernel settings, and nothing stays mounted
 * when the line has ended, however it ends.
 */
const enterTarget = `set -e
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
mount -t tmpfs tmpfs "$1/run"
if [ -s /etc/resolv.conf ] && [ ! -L "$1/etc/resolv.conf" ] && [ -f "$1/etc/resolv.conf" ]; then
  mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
fi
exec chroot "$1" /bin/sh -c 'cd "$1" && exec /bin/sh -c "$2"' sh "$2" "$3"`;

export const runCommandLine: StepHandler<'run-command-line'> = async (options, context) => {
  const { variables, target } = context;
  const commandLine = variables.expand(options.commandLine);
  const cwd = variables.expand(options.workingDirectory) || '/';
  context.log.info({ commandLine, inTarget: options.inTarget }, 'running a command line');
  const request = options.inTarget
    ? inTarget(await target.mountSystem(variables, imagingPort(context)), cwd, commandLine)
    : { program: 'sh', args: ['-c', commandLine], cwd };
  const result = await runProgram(request, context);
  if (options.outputVariable !== undefined) variables.set(options.outputVariable, result.output.slice(-outputVariableChars));
  return result;
};

function inTarget(root: string, cwd: string, commandLine: string) {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', enterTarget, 'sh', root, cwd, commandLine];
  return { program: 'unshare', args };
}
