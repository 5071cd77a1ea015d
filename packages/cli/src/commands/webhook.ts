/** Commands for webhooks: other programs that are told of what happens. */
import { OstlerError, WebhookSecret, type UpdateWebhook, type Webhook } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';
import { deliveriesCommand, eventHelp, givenSubscription, limitText, stateText, subscriptionOptions } from './subscription-options.ts';

const secretOption = { '--secret-file <file>': 'a file with the secret to sign with (whsec_…); without it the site makes one' };
const verifyHelp = `What is sent is signed as Standard Webhooks has it: the headers webhook-id, webhook-timestamp and webhook-signature. A receiver verifies
them with a library of that name and the secret, which is shown once, and answers with a status from 200 to 299 within 15 seconds.`;

function webhookTable(webhooks: readonly Webhook[]): string {
  return formatTable(
    webhooks,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'ADDRESS', value: ({ url }) => url },
      { title: 'EVENTS', value: ({ events }) => limitText(events) },
      { title: 'STATE', value: stateText },
      { title: 'WAITING', value: ({ waiting }) => waiting },
    ],
    'There are no webhooks. Make one with: ostler webhook create NAME https://…',
  );
}

function webhookText({ events, collectionIds, ...facts }: Webhook): string {
  return formatFacts({ ...facts, events: limitText(events), collectionIds: limitText(collectionIds) });
}

/** @throws OstlerError BAD_REQUEST */
async function givenSecret(values: Values): Promise<{ secret?: string }> {
  const file = text(values, 'secretFile');
  if (file === undefined) return {};
  const secret = WebhookSecret.safeParse((await readTextFile(file)).trim());
  if (secret.success) return { secret: secret.data };
  throw new OstlerError('BAD_REQUEST', { problem: `the secret in ${file} ${secret.error.issues[0]?.message ?? 'is none'}` });
}

async function givenChanges(context: CommandContext, values: Values): Promise<UpdateWebhook> {
  const [name, url] = [text(values, 'name'), text(values, 'url')];
  const changes = { ...(name === undefined ? {} : { name }), ...(url === undefined ? {} : { url }) };
  return { ...changes, ...(await givenSubscription(context, values)) };
}

const objectCommands: readonly ApiCommand[] = [
  {
    words: 'webhook list',
    summary: 'List webhooks, and whether they take what they are sent',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('webhooks.list', {}, signal);
      output.result(items, () => webhookTable(items));
    },
  },
  {
    words: 'webhook show',
    summary: 'Show a webhook',
    arguments: ['<webhook>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'webhook', name);
      const found = await context.client.call('webhooks.get', { params: { id } }, context.signal);
      context.output.result(found, () => webhookText(found));
    },
  },
  {
    words: 'webhook create',
    summary: 'Tell another program of what happens; prints the secret that it is signed with',
    arguments: ['<name>', '<url>'],
    options: { ...subscriptionOptions, ...secretOption },
    help: `${verifyHelp}\n\n${eventHelp}\n\n  ostler webhook create Tickets https://tickets.example/hooks/ostler --event run.failed deployment.paused`,
    run: async (context, [name = '', url = ''], values) => {
      const body = { name, url, ...(await givenSubscription(context, values)), ...(await givenSecret(values)) };
      const made = await context.client.call('webhooks.create', { body }, context.signal);
      context.output.note(`The webhook ${made.name} is made: ${made.id}. Its secret is shown this once:`);
      context.output.result(made, () => made.secret);
    },
  },
  {
    words: 'webhook update',
    summary: 'Change a webhook',
    arguments: ['<webhook>'],
    options: { '--name <name>': 'what it is called', '--url <url>': 'its address; what waits goes there too', ...subscriptionOptions },
    help: eventHelp,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'webhook', name);
      const body = await givenChanges(context, values);
      const changed = await context.client.call('webhooks.update', { params: { id }, body }, context.signal);
      context.output.result(changed, () => webhookText(changed));
    },
  },
  {
    words: 'webhook delete',
    summary: 'Delete a webhook, with what was not sent yet',
    arguments: ['<webhook>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'webhook', name);
      await context.client.call('webhooks.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The webhook ${name} is deleted.`);
    },
  },
];

const sendingCommands: readonly ApiCommand[] = [
  {
    words: 'webhook rotate-secret',
    summary: 'Sign with a new secret, and for a day with the old one too; prints it',
    arguments: ['<webhook>'],
    options: secretOption,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'webhook', name);
      const body = await givenSecret(values);
      const rotated = await context.client.call('webhooks.rotateSecret', { params: { id }, body }, context.signal);
      context.output.note(`The old secret of ${name} is good until ${rotated.previousUntil}. The new one is shown this once:`);
      context.output.result(rotated, () => rotated.secret);
    },
  },
  {
    words: 'webhook test',
    summary: 'Send it a test once, now, and say how that went',
    arguments: ['<webhook>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'webhook', name);
      const delivery = await context.client.call('webhooks.test', { params: { id } }, context.signal);
      const { error } = delivery;
      if (error !== null) throw new OstlerError('TEST_NOT_DELIVERED', { name, reason: error.message });
      context.output.result(delivery, () => `The test has arrived at ${name}: ${delivery.id}.`);
    },
  },
  deliveriesCommand('webhook', 'webhook', 'webhooks.deliveries'),
  {
    words: 'webhook redeliver',
    summary: 'Send a delivery once more that has arrived or was given up',
    arguments: ['<delivery>'],
    help: `Its id is in the list of deliveries. It is sent within seconds, as it was and under the same webhook-id: a receiver that keeps the ids that it has
had takes no notice of one that it knows. Where the event is older than three days it is tried this once.

  ostler webhook deliveries Tickets --state given-up
  ostler webhook redeliver delivery-3f9c1d2e4b5a69788796`,
    run: async (context, [id = '']) => {
      const delivery = await context.client.call('webhooks.redeliver', { params: { id } }, context.signal);
      context.output.result(delivery, () => `The delivery ${delivery.id} is sent once more.`);
    },
  },
];

export const webhookCommands: readonly ApiCommand[] = [...objectCommands, ...sendingCommands];
