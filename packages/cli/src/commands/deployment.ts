/** Commands for deployments. */
import { DeviceDeploymentState, type Deployment, type RouteRequest } from '@ostler/contract';
import { text, type ApiCommand, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { deploymentBody, deploymentOptions, scheduleText, changesOf, changeableOptions } from './deployment-options.ts';
import { callConfirmed } from './high-risk.ts';
import { watchDeployment } from './deployment-watch.ts';
import { deploymentStateText, pauseText, statusCsv, statusText } from './status-text.ts';

/** The site checks the words. */
function statusQuery(values: Values): RouteRequest<'deployments.status'>['query'] {
  const [state, after] = [text(values, 'state'), text(values, 'after')];
  return {
    limit: Number(text(values, 'limit')),
    ...(state === undefined ? {} : { state: state as DeviceDeploymentState }),
    ...(after === undefined ? {} : { after }),
  };
}

function madeText(deployment: Deployment): string {
  const { id, taskSequenceName, collectionName, purpose, debug, obstacle } = deployment;
  const what = `${purpose}, ${scheduleText(deployment)}${debug ? ', in debug mode' : ''}`;
  const made = `Deployment ${id}: ${taskSequenceName} → ${collectionName}, ${what}. Follow it with: ostler deployment watch ${id}`;
  return obstacle === null ? made : `${made}\nNo computer is offered it yet: ${obstacle}.`;
}

export const deploymentCommands: readonly ApiCommand[] = [
  {
    words: 'deployment list',
    summary: 'List deployments',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('deployments.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'TASK SEQUENCE', value: ({ taskSequenceName }) => taskSequenceName },
            { title: 'COLLECTION', value: ({ collectionName }) => collectionName },
            { title: 'PURPOSE', value: ({ purpose, debug }) => (debug ? `${purpose}, debug` : purpose) },
            { title: 'AVAILABLE TO', value: ({ availableTo }) => availableTo.replaceAll('-', ' ') },
            { title: 'WHEN', value: scheduleText },
            { title: 'STATE', value: deploymentStateText },
          ],
          'There are no deployments.',
        ),
      );
    },
  },
  {
    words: 'deployment create',
    summary: 'Deploy a task sequence to a collection',
    arguments: ['<task-sequence>', '<collection>'],
    options: deploymentOptions,
    help: `A required deployment clears the disk of every computer in the collection that boots from the network; with clients, of running ones too.
A hidden one is on no menu: it begins where it is required, or where the variable SMSTSPreferredAdvertID names it:

  ostler deployment create "Kiosk" "All Systems" --available-to media-and-network-boot-hidden
  ostler device set-variable PC-7 SMSTSPreferredAdvertID deployment-…

Times are clocks of --time-zone (UTC, unless it is given):

  ostler deployment create "Install" Lab --purpose required --deadline 2026-12-01T20:00 --time-zone Europe/Berlin --randomize 60
  ostler deployment create "Wipe" Kiosks --purpose required --deadline 2026-12-05T03:00 --recurrence "FREQ=WEEKLY;BYDAY=SA" --rerun always

With --pre-download clients fetch the content onto their disk before, and the run begins at once; ostler deployment status says how far they are:

  ostler deployment create "Office" Lab --purpose required --deadline 2026-12-01T20:00 --pre-download yes`,
    run: async (context, [sequence = '', collection = ''], values) => {
      const body = await deploymentBody(context, [sequence, collection], values);
      const made = await callConfirmed(context, body.confirm ?? null, (confirm) =>
        context.client.call('deployments.create', { body: { ...body, confirm } }, context.signal),
      );
      context.output.result(made, () => madeText(made));
    },
  },
  {
    words: 'deployment set',
    summary: 'Change when a deployment applies, whether it runs again, its priority, and when it pauses itself or raises alerts',
    arguments: ['<deployment>'],
    options: changeableOptions,
    help: 'What is not given stays as it is; "none" takes a time or a recurrence away. What runs goes on.',
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'deployment', name);
      const before = await context.client.call('deployments.get', { params: { id } }, context.signal);
      const changed = await context.client.call('deployments.update', { params: { id }, body: changesOf(values, before) }, context.signal);
      context.output.result(changed, () => `${changed.taskSequenceName} → ${changed.collectionName}: ${scheduleText(changed)}.`);
    },
  },
  {
    words: 'deployment status',
    summary: 'Show how far a deployment is, its errors, and each computer’s state',
    arguments: ['<deployment>'],
    options: {
      '--state <state>': `only computers in this state: ${DeviceDeploymentState.options.join(', ')}`,
      '--limit <n>': ['how many computers to list', '100'],
      '--after <place>': 'go on with the list there',
      '--csv': 'the list as comma-separated values',
    },
    help:
      'What happened on one of them: ostler run timeline RUN, ostler run show RUN, ostler run log RUN.\n\n' +
      '  ostler deployment status "Install Debian" --state failed\n' +
      '  ostler deployment status "Install Debian" --limit 1000 --csv > status.csv',
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'deployment', name);
      const query = statusQuery(values);
      const status = await context.client.call('deployments.status', { params: { id }, query }, context.signal);
      context.output.result(status, () => (values['csv'] === true ? statusCsv(status) : statusText(status)));
    },
  },
  {
    words: 'deployment watch',
    summary: 'Follow a deployment live until every computer is done, or it is paused and nothing runs',
    arguments: ['<deployment>'],
    run: async (context, [name = '']) => watchDeployment(context, await resolveId(context, 'deployment', name)),
  },
  {
    words: 'deployment rerun',
    summary: 'Let a required deployment run again on a computer',
    arguments: ['<deployment>', '<device>'],
    run: async (context, [name = '', device = '']) => {
      const id = await resolveId(context, 'deployment', name);
      const deviceId = await resolveId(context, 'device', device);
      await context.client.call('deployments.rerun', { params: { id }, body: { deviceId } }, context.signal);
      context.output.result({ id, deviceId }, () => `${device} runs it again at its next network boot, or when its client asks next.`);
    },
  },
  {
    words: 'deployment pause',
    summary: 'Let a deployment begin on no further computer until it is resumed; what runs goes on',
    arguments: ['<deployment>'],
    options: { '--reason <text>': 'why, for whoever looks at it later' },
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'deployment', name);
      const body = { reason: text(values, 'reason') ?? '' };
      const paused = await context.client.call('deployments.pause', { params: { id }, body }, context.signal);
      context.output.result(paused, () => `${name} is ${pauseText(paused) ?? 'paused'}.`);
    },
  },
  {
    words: 'deployment resume',
    summary: 'Let a paused deployment go on; failures are counted anew',
    arguments: ['<deployment>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'deployment', name);
      const resumed = await context.client.call('deployments.resume', { params: { id } }, context.signal);
      context.output.result(resumed, () => `${name} goes on.`);
    },
  },
  {
    words: 'deployment stop',
    summary: 'Pause a deployment, and cancel its runs that go on',
    arguments: ['<deployment>'],
    options: { '--reason <text>': 'why, for whoever looks at it later' },
    help: 'A run ends between two steps; one whose computer has said nothing for two minutes ends at once. Nothing on a disk is undone.',
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'deployment', name);
      const body = { reason: text(values, 'reason') ?? '' };
      const stopped = await context.client.call('deployments.stop', { params: { id }, body }, context.signal);
      context.output.result(stopped, () => `${name} is stopped; ${stopped.runCount} runs were told to end.`);
    },
  },
  {
    words: 'deployment delete',
    summary: 'Delete a deployment that is not running anywhere',
    arguments: ['<deployment>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'deployment', name);
      await context.client.call('deployments.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The deployment ${name} is deleted.`);
    },
  },
];
