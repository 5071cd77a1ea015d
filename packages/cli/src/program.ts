/** What `ostler` understands: its commands, and the programs of the product that it starts. */
import { Command, Option } from 'commander';
import product from '../package.json' with { type: 'json' };
import { addApiCommands } from './api-commands.ts';
import { changePassword, login, logout, type LoginOptions } from './commands/sign-in.ts';
import type { ConnectionSources } from './connection.ts';
import { createOutput, type Output } from './output.ts';
import { runTests } from './test-command.ts';

interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

/** What the product's own programs take: everything after the word or words, `--help` too. */
export const programs = {
  serve: { summary: 'Run the site: API, network boot, content', entry: 'packages/server/src/main.ts', words: ['serve'] },
  'distribution-point serve': {
    summary: 'Run a distribution point: pull the site’s content and serve it',
    entry: 'packages/server/src/main.ts',
    words: ['distribution-point', 'serve'],
  },
  'distribution-point verify': {
    summary: 'Read every byte that is on this distribution point',
    entry: 'packages/server/src/main.ts',
    words: ['distribution-point', 'verify'],
  },
  restore: { summary: 'Restore a backup into a new data directory', entry: 'packages/server/src/main.ts', words: ['restore'] },
  'account recover': {
    summary: 'Let somebody in again who lost password or second factor, where no administrator can: on the server itself',
    entry: 'packages/server/src/main.ts',
    words: ['account', 'recover'],
  },
  lab: { summary: 'Show the whole product on virtual machines: boot, deploy, sign in', entry: 'lab/src/main.ts', words: [] },
  bench: { summary: 'Measure against the plain tools, in the same run', entry: 'bench/src/main.ts', words: [] },
} as const;

/** What main.ts has read. */
export interface World {
  /** The repository. */
  readonly root: string;
  /** The user's folder for settings. */
  readonly configDirectory: string;
  readonly abort: AbortSignal;
}

/** Every command with its arguments, options and help. */
export function createProgram(world: World): Command {
  const { root, configDirectory, abort } = world;
  const program = new Command('ostler')
    .description('Operating system deployment for fleets of computers.')
    .version(product.version)
    .addOption(new Option('--server <url>', 'the site, for example https://ostler.example:8443').env('OSTLER_SERVER'))
    .addOption(new Option('--token <token>', 'API token (better in the environment)').env('OSTLER_TOKEN'))
    .addOption(new Option('--ca <file>', 'the CA certificate that the site is trusted by').env('OSTLER_CA'))
    .option('--json', 'print results and errors as JSON, for scripts')
    .showHelpAfterError('(ostler --help shows every command)')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: true })
    .exitOverride();
  addSignIn(program, world);
  addApiCommands(program, () => ({ sources: sourcesOf(program, configDirectory), output: outputOf(program), signal: abort }));
  addPrograms(program);
  addTest(program, root);
  return program;
}

function addPrograms(program: Command): void {
  // Listed for `ostler --help`; runNamedProgram starts them, so that every flag reaches them.
  for (const [name, { summary }] of Object.entries(programs)) {
    const [word = '', verb] = name.split(' ');
    const parent = verb === undefined ? program : program.commands.find((command) => command.name() === word);
    parent?.command(`${verb ?? word} [flags...]`).description(summary);
  }
}

function addTest(program: Command, root: string): void {
  program
    .command('test')
    .description('Prove everything: checks, tests, and the lab scenarios that fit into 40 minutes')
    .option('--all', 'run every lab scenario')
    .option('--fast', 'leave the lab scenarios out')
    .action(async (options: { all?: boolean; fast?: boolean }) => {
      process.exitCode = await runTests(root, options);
    });
}

function addSignIn(program: Command, { configDirectory, abort }: World): void {
  program
    .command('login')
    .description('Sign in to a site and remember it')
    .argument('[server]', 'the site’s address (default: that of the last sign-in here, or https://localhost:8443)')
    .option('--user <name>', 'account', 'admin')
    .option('--provider <name>', 'sign in with this identity provider, in a browser, instead of a password')
    .option('--password-file <file>', 'read the password from a file instead of asking')
    .option('--code-file <file>', 'read the code of the second factor from a file instead of asking; - is standard input')
    .option('--new-password-file <file>', 'where the password stands that replaces the one-time password')
    .option('--fingerprint <sha256>', 'trust the site’s CA by its SHA-256')
    .addHelpText(
      'after',
      '\nAt first start the server writes the password of `admin` to DATA-DIRECTORY/first-admin-password.\n\n  ostler login https://ostler.example:8443',
    )
    .action(async (server: string | undefined, options: Omit<LoginOptions, 'serverUrl' | 'caFile'>) => {
      const global = program.opts<GlobalOptions>();
      await login(
        { ...options, serverUrl: server ?? global.server, caFile: global.ca },
        sourcesOf(program, configDirectory),
        outputOf(program),
        abort,
      );
    });
  program
    .command('logout')
    .description('Forget the site')
    .action(() => logout(sourcesOf(program, configDirectory), outputOf(program)));
  program
    .command('password')
    .description('Change the password of the signed-in account')
    .option('--current-file <file>', 'read the current password from a file')
    .option('--new-file <file>', 'read the new password from a file')
    .action((options: { currentFile?: string; newFile?: string }) =>
      changePassword(
        sourcesOf(program, configDirectory),
        { current: options.currentFile, next: options.newFile },
        outputOf(program),
        abort,
      ),
    );
}

function sourcesOf(program: Command, configDirectory: string): ConnectionSources {
  const { server, token, ca } = program.opts<GlobalOptions>();
  return { serverUrl: server, token, caFile: ca, configDirectory };
}

function outputOf(program: Command): Output {
  return createOutput({ json: program.opts<GlobalOptions>().json === true, terminal: process.stderr.isTTY, now: Date.now });
}
