import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aProgram, commandsBelow, problemOf } from './check-command-line.ts';
import { findCommandLines } from './command-lines.ts';

const root = resolve(import.meta.dirname, '../..');
const groups = new Set(aProgram().commands.flatMap((command) => (command.commands.length > 0 ? [command.name()] : [])));

function problemsIn(page: string): readonly string[] {
  return findCommandLines(page, groups).flatMap((found) => {
    const problem = problemOf(found);
    return problem === null ? [] : [`line ${found.line}: ostler ${found.words.join(' ')}: ${problem}`];
  });
}

const pages = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...globSync('docs/**/*.md', { cwd: root })];

test.each(pages)('whoever types a command of %s is understood', (page) => {
  expect(problemsIn(readFileSync(resolve(root, page), 'utf8'))).toEqual([]);
});

test('whoever types an example of a `--help` is understood', () => {
  const problems = commandsBelow(aProgram()).flatMap((command) => {
    let help = '';
    const writeOut = (text: string): void => {
      help += text;
    };
    command.configureOutput({ writeOut }).outputHelp();
    return problemsIn(help).map((problem) => `${command.name()} --help, ${problem}`);
  });

  expect(problems).toEqual([]);
});

describe('what is found wrong', () => {
  test.each([
    ['a command that is not there', 'Look with `./ostler device inspect PC-1`.', 'unknown command'],
    ['one that is named without ostler', 'See `device inspect PC-1`.', 'unknown command'],
    ['an option that is not there', '```sh\n./ostler device list --colour red\n```', 'unknown option'],
    ['an option in a mention', 'Give `./ostler device list --colour`.', 'unknown option'],
    ['an argument that a line to type lacks', '```sh\n./ostler device delete\n```', 'missing required argument'],
    ['an argument too many', '```sh\n./ostler site show everything\n```', 'too many arguments'],
    ['a setting that is not there', '```sh\n./ostler serve --data /srv &\n```', 'unknown option --data'],
    ['an option of restore that is not there', 'Then `./ostler restore --into NEW`.', 'unknown option --into'],
    ['a command in the hint of an error', '| Make one: ostler ticket make NAME |', 'unknown command'],
  ])('%s', (_what, page, problem) => {
    expect(problemsIn(page)).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    ['a mention without its arguments', '`./ostler run show` has each message; `run log` too.'],
    [
      'a comment, a redirection and quotes',
      '```sh\n./ostler report run errors --param since="2026-12-01" --csv > "a file"   # a table\n```',
    ],
    ['code that is no command', 'A device has `hardware.model`, a client `keepClient: true`.'],
  ])('nothing: %s', (_what, page) => {
    expect(problemsIn(page)).toEqual([]);
  });
});
