/** Starts the product's other programs (server, lab, benchmark) with the terminal they were asked for on, and takes on their exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';

/** Runs a program to its end. Ctrl-C reaches it by itself; a SIGTERM is passed on, so that it can clean up. */
export async function runProgram(program: string, args: readonly string[], cwd?: string): Promise<number> {
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: pathWithThisNode() },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ignore = (): void => undefined;
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return exitCode ?? 1;
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', pass);
  }
}

/** Scripts that begin with `env node` get the Node that runs this, not an older one of the distribution. */
function pathWithThisNode(): string {
  return [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
}
