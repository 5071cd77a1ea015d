/** Says what is wrong with a command line of the documentation, by the definitions that the command line itself works with. */
import { resolve } from 'node:path';
import { recoverFlags } from '../../packages/server/src/accounts/recover-command.ts';
import { restoreFlags } from '../../packages/server/src/backup/restore-command.ts';
import { listSettings } from '../../packages/server/src/config.ts';
import { PointSettings } from '../../packages/server/src/distribution-point/settings.ts';
import { createProgram } from '../../packages/cli/src/program.ts';
import type { CommandLine } from './command-lines.ts';

type Program = ReturnType<typeof createProgram>;

const root = resolve(import.meta.dirname, '../..');

const settingsOfSite = ['--config', ...listSettings().map(({ flag }) => flag)];
const settingsOfPoint = ['--config', ...listSettings(PointSettings).map(({ flag }) => flag)];

/** What the programs take that read their options themselves. Those of `lab` and `bench` are not looked at: only who works on Ostler types them. */
const flagsOfPrograms: Readonly<Record<string, readonly string[] | null>> = {
  serve: settingsOfSite,
  'distribution-point serve': settingsOfPoint,
  'distribution-point verify': settingsOfPoint,
  restore: restoreFlags,
  'account recover': [...recoverFlags, ...settingsOfSite],
  lab: null,
  bench: null,
};

/** What a mention may lack: it names a command or an option without what belongs to it. */
const leftOut: readonly string[] = ['commander.missingArgument', 'commander.optionMissingArgument', 'commander.help'];
/** What `--help` and `--version` end with. */
const helps: readonly string[] = ['commander.helpDisplayed', 'commander.version'];

/** The commands, to read and to try: none of them does anything. */
export function aProgram(): Program {
  const program = createProgram({ root, configDirectory: root, abort: new AbortController().signal });
  const silent = { writeOut: () => undefined, writeErr: () => undefined };
  for (const command of [program, ...commandsBelow(program)]) {
    command.configureOutput(silent);
    if (command.commands.length === 0) command.action(() => undefined);
  }
  return program;
}

export function commandsBelow({ commands }: Program): readonly Program[] {
  return commands.flatMap((command) => [command, ...commandsBelow(command)]);
}

/** @returns what is wrong, or null */
export function problemOf({ words, isWhole }: Pick<CommandLine, 'words' | 'isWhole'>): string | null {
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((each) => Object.hasOwn(flagsOfPrograms, each));
  if (name !== undefined) return problemOfFlags(words, flagsOfPrograms[name] ?? null);
  try {
    aProgram().parse(words, { from: 'user' });
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (helps.includes(code) || (!isWhole && leftOut.includes(code))) return null;
    return error instanceof Error ? error.message : String(error);
  }
}

function problemOfFlags(words: readonly string[], known: readonly string[] | null): string | null {
  const unknown = words.filter((word) => word.startsWith('--') && word !== '--help' && known?.includes(word) === false);
  return unknown.length === 0 ? null : `unknown option ${unknown.join(', ')}`;
}
