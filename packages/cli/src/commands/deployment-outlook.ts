/** Who would get a deployment now, and why: before it is made, and afterwards. */
import { outlookReasons, type DeploymentOutlook } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { deploymentBody, deploymentOptions } from './deployment-options.ts';

type Row = DeploymentOutlook['devices'][number];

const outcomes: Readonly<Record<Row['outcome'], string>> = {
  begins: 'begins at its next boot',
  offered: 'is offered it',
  later: 'later',
  not: 'not',
};

/** The counts, what stands in its way everywhere, and the devices of the page. */
export function outlookText(outlook: DeploymentOutlook): string {
  const { taskSequenceName, collectionName, deviceCount, includesUnseen, problems, risk, summary, devices, next } = outlook;
  const counts = formatTable(
    summary,
    [
      { title: 'COMPUTERS', value: (row) => row.deviceCount },
      { title: 'WHAT', value: ({ outcome }) => outcomes[outcome] },
      { title: 'WHY', value: ({ reason }) => outlookReasons[reason] },
    ],
    'The collection has no computers.',
  );
  const table = formatTable(
    devices,
    [
      { title: 'DEVICE', value: ({ deviceName }) => deviceName },
      { title: 'WHAT', value: ({ outcome }) => outcomes[outcome] },
      { title: 'WHEN', value: whenText },
      { title: 'WHY', value: ({ reason }) => outlookReasons[reason] },
    ],
    '',
  );
  const unseen = includesUnseen ? ', and every computer that the site does not know yet' : '';
  return [
    `${taskSequenceName} → ${collectionName}: ${deviceCount === 1 ? '1 computer' : `${deviceCount} computers`}${unseen}`,
    ...problems.map((problem) => `In the way: ${problem}.`),
    ...riskLines(risk),
    counts,
    ...(table === '' ? [] : [table]),
    ...(next === null ? [] : [`More: --after "${next}"`]),
  ].join('\n\n');
}

function riskLines({ refusal, reasons, confirm }: DeploymentOutlook['risk']): string[] {
  if (refusal !== null) return [`It begins without a person, and would be refused: ${refusal}.`];
  return confirm === null ? [] : [`It begins without a person, and is to be confirmed: ${reasons.join('; ')}.\n  --confirm "${confirm}"`];
}

function whenText({ outcome, at }: Row): string {
  if (at === null) return outcome === 'begins' || outcome === 'offered' ? 'now' : '';
  const time = at.slice(0, 16).replace('T', ' ');
  return outcome === 'offered' ? `now; by itself ${time} UTC` : `${time} UTC`;
}

export const deploymentOutlookCommands: readonly ApiCommand[] = [
  {
    words: 'deployment preview',
    summary: 'Show who would get a deployment now, and why, without making it; or who gets one that is made',
    arguments: ['<task-sequence-or-deployment>', '[collection]'],
    options: {
      ...deploymentOptions,
      '--limit <n>': ['how many computers to list', '50'],
      '--after <place>': 'go on with the list there',
    },
    help: `With a task sequence and a collection it takes the options of "deployment create", and nothing is saved:

  ostler deployment preview "Install Debian" Lab --purpose required --deadline 2026-12-01T20:00

With a deployment alone it answers why a computer does or does not get it.`,
    run: async (context, [name = '', collection], values) => {
      const { client, output, signal } = context;
      const after = text(values, 'after');
      const query = { limit: Number(text(values, 'limit')), ...(after === undefined ? {} : { after }) };
      const outlook =
        collection === undefined
          ? await client.call('deployments.outlook', { params: { id: await resolveId(context, 'deployment', name) }, query }, signal)
          : await client.call('deployments.preview', { query, body: await deploymentBody(context, [name, collection], values) }, signal);
      output.result(outlook, () => outlookText(outlook));
    },
  },
];
