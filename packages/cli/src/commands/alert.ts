/** Commands for alerts of deployments. */
import { alertText, OstlerError, type Alert } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext } from '../command.ts';
import { formatTable } from '../output.ts';

export function alertTable(alerts: readonly Alert[]): string {
  return formatTable(
    alerts,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'DEPLOYMENT', value: ({ taskSequenceName, collectionName }) => `${taskSequenceName} → ${collectionName}` },
      { title: 'ALERT', value: alertText },
      { title: 'RAISED', value: ({ raisedAt }) => raisedAt },
      { title: 'ACKNOWLEDGED', value: ({ acknowledged }) => (acknowledged === null ? null : `${acknowledged.at} by ${acknowledged.by}`) },
      { title: 'CLEARED', value: ({ clearedAt }) => clearedAt },
    ],
    'There are no alerts.',
  );
}

/** Of an alert. Those that are not cleared are looked through first: they are few, and of all only the newest are listed. */
async function deploymentOf({ client, signal }: CommandContext, alertId: string): Promise<string> {
  for (const state of ['open', 'all'] as const) {
    const { items } = await client.call('alerts.list', { query: { state, limit: 1000 } }, signal);
    const found = items.find(({ id }) => id === alertId);
    if (found !== undefined) return found.deploymentId;
  }
  throw new OstlerError('NOT_FOUND', { kind: 'alert', id: alertId });
}

export const alertCommands: readonly ApiCommand[] = [
  {
    words: 'alert list',
    summary: 'List the alerts of deployments that are not cleared, newest first',
    options: { '--all': 'those that are cleared too', '--limit <n>': ['how many', '200'] },
    help: `A deployment raises an alert where its thresholds say so, within a minute; it clears by itself when what it says is true no more:

  ostler deployment set "Install" --alert-below 90 --alert-at 2026-12-02T08:00
  ostler deployment set "Install" --alert-above 5 --alert-after 10

Other programs and people are told by webhooks and e-mail: ostler notification create … --event deployment.alert-raised.`,
    run: async ({ client, output, signal }, _words, values) => {
      const query = { state: values['all'] === true ? 'all' : 'open', limit: text(values, 'limit') } as const;
      const { items } = await client.call('alerts.list', { query }, signal);
      output.result(items, () => alertTable(items));
    },
  },
  {
    words: 'alert acknowledge',
    summary: 'Say that an alert was seen; it stays until it clears',
    arguments: ['<alert>'],
    run: async (context, [id = '']) => {
      const { client, output, signal } = context;
      const alert = await client.call('alerts.acknowledge', { params: { id: await deploymentOf(context, id), alertId: id } }, signal);
      output.result(alert, () => alertTable([alert]));
    },
  },
];
