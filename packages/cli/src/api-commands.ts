/** Puts the table of API commands into the command-line parser. */
import type { Command } from 'commander';
import type { ApiCommand, CommandContext, LocalCommand, Values } from './command.ts';
import { accessCommandList } from './commands/access.ts';
import { accountCommands } from './commands/account.ts';
import { alertCommands } from './commands/alert.ts';
import { applicationCommands } from './commands/application.ts';
import { boundaryCommandList } from './commands/boundary.ts';
import { collectionCommands } from './commands/collection.ts';
import { auditCommands } from './commands/audit.ts';
import { clientCommands } from './commands/client.ts';
import { contentCommands } from './commands/content.ts';
import { packageCommands } from './commands/package.ts';
import { packageVersionCommands } from './commands/package-versions.ts';
import { debugCommands } from './commands/debug.ts';
import { deploymentCommands } from './commands/deployment.ts';
import { deploymentOutlookCommands } from './commands/deployment-outlook.ts';
import { deploymentShowCommands } from './commands/deployment-show.ts';
import { deviceCommandList } from './commands/device.ts';
import { distributionPointCommands } from './commands/distribution-point.ts';
import { distributionPointContentCommands } from './commands/distribution-point-content.ts';
import { mailCommands } from './commands/mail.ts';
import { notificationCommands } from './commands/notification.ts';
import { reportCommands } from './commands/report.ts';
import { identityProviderCommands } from './commands/identity-provider.ts';
import { runCommands } from './commands/run.ts';
import { runTimelineCommands } from './commands/run-timeline.ts';
import { secondFactorCommands } from './commands/second-factor.ts';
import { sessionCommands } from './commands/session.ts';
import { sealingKeyCommands } from './commands/sealing-key.ts';
import { siteCommands } from './commands/site.ts';
import { siteRetentionCommands } from './commands/site-retention.ts';
import { taskSequenceCommands } from './commands/task-sequence.ts';
import { taskSequenceFileCommands } from './commands/task-sequence-file.ts';
import { taskSequenceVersionCommands } from './commands/task-sequence-versions.ts';
import { userStateCommands } from './commands/user-state.ts';
import { webhookCommands } from './commands/webhook.ts';
import { connect, readConnection, type ConnectionSources } from './connection.ts';
import type { Output } from './output.ts';

const apiCommands: readonly (ApiCommand | LocalCommand)[] = [
  ...siteCommands,
  ...sealingKeyCommands,
  ...siteRetentionCommands,
  ...accountCommands,
  ...secondFactorCommands,
  ...identityProviderCommands,
  ...sessionCommands,
  ...accessCommandList,
  ...auditCommands,
  ...webhookCommands,
  ...mailCommands,
  ...notificationCommands,
  ...packageCommands,
  ...packageVersionCommands,
  ...contentCommands,
  ...applicationCommands,
  ...boundaryCommandList,
  ...distributionPointCommands,
  ...distributionPointContentCommands,
  ...deviceCommandList,
  ...clientCommands,
  ...collectionCommands,
  ...userStateCommands,
  ...taskSequenceCommands,
  ...taskSequenceFileCommands,
  ...taskSequenceVersionCommands,
  ...deploymentCommands,
  ...deploymentShowCommands,
  ...deploymentOutlookCommands,
  ...alertCommands,
  ...runCommands,
  ...runTimelineCommands,
  ...debugCommands,
  ...reportCommands,
];

/** What each first word stands for, in `ostler --help`. */
const groups: Readonly<Record<string, string>> = {
  site: 'Settings of the site, network boot, backup, the key that seals secrets',
  'site retention': 'How long what runs leave behind is kept',
  account: 'Who may sign in, and with which roles on what',
  'identity-provider': 'Where people sign in instead, with OpenID Connect',
  'second-factor': 'Codes of an app on your phone, beside the password',
  access: 'What you may do',
  role: 'What accounts can be allowed to do',
  scope: 'Security scopes: groups of objects that accounts can be limited to',
  audit: 'Who did what',
  'site mail': 'The mail server that the site sends through',
  notification: 'Who is told by e-mail of what happens',
  webhook: 'Other programs that are told of what happens',
  session: 'Where you, or others, are signed in',
  token: 'API tokens for scripts',
  job: 'What the server is working on',
  image: 'Operating system images',
  package: 'Packages and scripts to install',
  application: 'Applications: packages with detection, requirements and dependencies',
  content: 'The content store',
  'boot-image': 'The environment that computers boot into',
  boundary: 'Subnets and ranges of addresses',
  'boundary-group': 'Parts of the network, and where computers there get content',
  'distribution-point': 'Other places that have the site’s content',
  device: 'Computers and their variables',
  'device user': 'Who a computer is for',
  client: 'The agent as a resident of installed systems',
  'user-state': 'Users’ files and accounts that are kept at the site',
  collection: 'Groups of computers and their variables',
  'task-sequence': 'What is done to a computer, step by step',
  deployment: 'Who gets which task sequence, and how it goes',
  alert: 'Deployments that do not go as they should',
  run: 'What happened on a computer',
  report: 'Tables of the fleet: times, errors, what is where',
  debug: 'A run in the debugger: step by step, with breakpoints and variables',
};

interface World {
  readonly sources: ConnectionSources;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Adds every API command; the site is connected to only when one of them runs. */
export function addApiCommands(program: Command, world: () => World): void {
  const parents = new Map<string, Command>();
  for (const command of apiCommands) {
    const words = command.words.split(' ');
    addCommand(parentOf(program, words.slice(0, -1), parents), words.at(-1) ?? '', command, world);
  }
}

/** The command that has the others of these words below it: `site`, `site mail`. */
function parentOf(program: Command, words: readonly string[], parents: Map<string, Command>): Command {
  const name = words.join(' ');
  const last = words.at(-1);
  if (last === undefined) return program;
  const found =
    parents.get(name) ??
    parentOf(program, words.slice(0, -1), parents)
      .command(last)
      .description(groups[name] ?? '');
  parents.set(name, found);
  return found;
}

function addCommand(parent: Command, verb: string, definition: ApiCommand | LocalCommand, world: () => World): void {
  const command = parent.command(verb).description(definition.summary);
  for (const argument of definition.arguments ?? []) command.argument(argument);
  for (const [flags, help] of Object.entries(definition.options ?? {})) {
    if (typeof help === 'string') command.option(flags, help);
    else command.option(flags, help[0], help[1]);
  }
  if (definition.help !== undefined) command.addHelpText('after', `\n${definition.help}`);
  command.action(async () => {
    const { sources, output, signal } = world();
    const connected = async (): Promise<CommandContext> => ({ client: connect(await readConnection(sources)), output, signal });
    const values = command.opts<Values>();
    if ('run' in definition) await definition.run(await connected(), command.args, values);
    else await definition.runLocally({ output, signal, connect: connected }, command.args, values);
  });
}
