/** The command line: reads the world, finds the command, prints how it ended. */
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommanderError } from 'commander';
import { printError } from './output.ts';
import { createProgram, programs } from './program.ts';
import { runProgram } from './start-program.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));

/** Starts the program that the first words name, with everything that follows them. Answers its exit code, or null if it is none. */
async function runNamedProgram(given: readonly string[]): Promise<number | null> {
  for (const [name, { entry, words }] of Object.entries(programs)) {
    const count = name.split(' ').length;
    if (given.slice(0, count).join(' ') === name) return runProgram(process.execPath, [join(root, entry), ...words, ...given.slice(count)]);
  }
  return null;
}

async function main(): Promise<number> {
  const programExitCode = await runNamedProgram(process.argv.slice(2));
  if (programExitCode !== null) return programExitCode;
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    interrupted.abort(new Error('Interrupted.'));
  });
  const configDirectory = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const program = createProgram({ root, configDirectory, abort: interrupted.signal });
  try {
    await program.parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    printError(error, program.opts<{ json?: boolean }>().json === true);
    return interrupted.signal.aborted ? 130 : 1;
  }
}

/** Whoever reads may have seen enough, such as `head`: that is no error. */
function endWithReader(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  process.exit();
}

process.stdout.on('error', endWithReader);
process.stderr.on('error', endWithReader);
process.exitCode = await main();
