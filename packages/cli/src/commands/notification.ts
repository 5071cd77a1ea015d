/** Commands for notification rules: who is told by e-mail of what happens. */
import type { NotificationRule, UpdateNotificationRule } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { deliveriesCommand, eventHelp, givenSubscription, limitText, stateText, subscriptionOptions } from './subscription-options.ts';

const gatherOption = {
  '--gather <minutes>': 'what happens within so long of the first event comes in one message; 0: each at once (default: 5)',
};

function ruleTable(rules: readonly NotificationRule[]): string {
  return formatTable(
    rules,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'TO', value: ({ recipients }) => recipients.join(' ') },
      { title: 'EVENTS', value: ({ events }) => limitText(events) },
      { title: 'GATHERS', value: ({ gatherMinutes }) => `${gatherMinutes} min` },
      { title: 'STATE', value: stateText },
      { title: 'WAITING', value: ({ waiting }) => waiting },
    ],
    'Nobody is told anything by e-mail. Make a rule with: ostler notification create NAME --to ADDRESS',
  );
}

function ruleText({ recipients, events, collectionIds, ...facts }: NotificationRule): string {
  return formatFacts({ ...facts, recipients: recipients.join(' '), events: limitText(events), collectionIds: limitText(collectionIds) });
}

async function givenRule(context: CommandContext, values: Values): Promise<Omit<UpdateNotificationRule, 'name'>> {
  const [recipients, gather] = [texts(values, 'to'), text(values, 'gather')];
  return {
    ...(recipients.length === 0 ? {} : { recipients }),
    ...(gather === undefined ? {} : { gatherMinutes: Number(gather) }),
    ...(await givenSubscription(context, values)),
  };
}

export const notificationCommands: readonly ApiCommand[] = [
  {
    words: 'notification list',
    summary: 'List the rules that say who is told by e-mail of what happens',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('notifications.list', {}, signal);
      output.result(items, () => ruleTable(items));
    },
  },
  {
    words: 'notification show',
    summary: 'Show a rule',
    arguments: ['<rule>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'notification rule', name);
      const found = await context.client.call('notifications.get', { params: { id } }, context.signal);
      context.output.result(found, () => ruleText(found));
    },
  },
  {
    words: 'notification create',
    summary: 'Tell people by e-mail of what happens',
    arguments: ['<name>'],
    options: { '--to <address...>': 'who is told (needed)', ...gatherOption, ...subscriptionOptions },
    help: `${eventHelp}\n\n  ostler notification create Failures --to desk@example.org --event run.failed deployment.paused --gather 10`,
    run: async (context, [name = ''], values) => {
      const { recipients = [], ...rule } = await givenRule(context, values);
      const body = { name, recipients, ...rule };
      const made = await context.client.call('notifications.create', { body }, context.signal);
      context.output.result(made, () => `The rule ${made.name} is made: ${made.id}.`);
    },
  },
  {
    words: 'notification update',
    summary: 'Change a rule',
    arguments: ['<rule>'],
    options: {
      '--name <name>': 'what it is called',
      '--to <address...>': 'who is told (replaces the list)',
      ...gatherOption,
      ...subscriptionOptions,
    },
    help: eventHelp,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'notification rule', name);
      const newName = text(values, 'name');
      const body = { ...(newName === undefined ? {} : { name: newName }), ...(await givenRule(context, values)) };
      const changed = await context.client.call('notifications.update', { params: { id }, body }, context.signal);
      context.output.result(changed, () => ruleText(changed));
    },
  },
  {
    words: 'notification delete',
    summary: 'Delete a rule, with what was not told yet',
    arguments: ['<rule>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'notification rule', name);
      await context.client.call('notifications.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The rule ${name} is deleted.`);
    },
  },
  deliveriesCommand('notification', 'notification rule', 'notifications.deliveries'),
];
