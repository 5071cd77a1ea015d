/** Commands for maintenance windows. */
import type { DeviceWindows, MaintenanceWindow } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatDuration, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

const minuteMs = 60_000;

export const maintenanceWindowCommands: readonly ApiCommand[] = [
  {
    words: 'collection windows',
    summary: 'List the maintenance windows of a collection',
    arguments: ['<collection>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'collection', name);
      const { items } = await context.client.call('maintenanceWindows.list', { params: { id } }, context.signal);
      context.output.result(items, () => windowTable(items));
    },
  },
  {
    words: 'collection add-window',
    summary: 'Let required deployments begin on its computers only at certain times',
    arguments: ['<collection>', '<name>'],
    options: {
      '--start <time>': 'when it first begins, for example 2026-12-05T22:00',
      '--minutes <n>': 'how long it is: less than a day',
      '--time-zone <zone>': ['whose clocks: UTC, or a name such as Europe/Berlin', 'UTC'],
      '--recurrence <rule>': 'when it comes again (RFC 5545), for example FREQ=WEEKLY;BYDAY=SA; once where none is given',
    },
    help: `A required deployment begins only when its maximum run time fits into what is left of a window; what has begun goes on past the end. Windows of all
collections of a computer count together, and those that overlap or touch are one. What a person starts ignores them.
A computer in use is restarted inside of them only, unless the deployment allows more: ostler deployment set … --restart-outside-windows yes.

  ostler collection add-window Office Nights --start 2026-12-01T20:00 --minutes 540 --time-zone Europe/Berlin --recurrence FREQ=DAILY
  ostler collection add-window Stores Sundays --start 2026-12-06T00:00 --minutes 360 --recurrence FREQ=WEEKLY;BYDAY=SU`,
    run: async (context, [collection = '', name = ''], values) => {
      const id = await resolveId(context, 'collection', collection);
      const body = {
        name,
        startAt: text(values, 'start') ?? '',
        durationMinutes: Number(text(values, 'minutes')),
        timeZone: text(values, 'timeZone') ?? 'UTC',
        recurrence: text(values, 'recurrence') ?? null,
      };
      const window = await context.client.call('maintenanceWindows.add', { params: { id }, body }, context.signal);
      context.output.result(window, () => windowTable([window]));
    },
  },
  {
    words: 'collection remove-window',
    summary: 'Take a maintenance window from a collection',
    arguments: ['<collection>', '<window>'],
    run: async (context, [collection = '', windowId = '']) => {
      const id = await resolveId(context, 'collection', collection);
      await context.client.call('maintenanceWindows.remove', { params: { id, windowId } }, context.signal);
      context.output.result({ id, windowId }, () => 'The maintenance window is gone.');
    },
  },
  {
    words: 'device windows',
    summary: 'Show when required deployments may begin on a computer: the window that is open, and the next ones',
    arguments: ['<device>'],
    options: { '--limit <n>': ['how many', '10'] },
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'device', name);
      const query = { limit: text(values, 'limit') };
      const windows = await context.client.call('maintenanceWindows.ofDevice', { params: { id }, query }, context.signal);
      context.output.result(windows, () => deviceWindowsText(windows));
    },
  },
];

function windowTable(windows: readonly MaintenanceWindow[]): string {
  return formatTable(
    windows,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'STARTS', value: ({ startAt, timeZone }) => `${startAt} ${timeZone}` },
      { title: 'FOR', value: ({ durationMinutes }) => formatDuration(durationMinutes * minuteMs) },
      { title: 'AGAIN', value: ({ recurrence }) => recurrence },
    ],
    'It has no maintenance windows.',
  );
}

function deviceWindowsText({ isLimited, items }: DeviceWindows): string {
  if (!isLimited) return 'None of its collections has a maintenance window: required deployments begin at any time.';
  return formatTable(
    items,
    [
      { title: 'FROM', value: ({ from }) => from },
      { title: 'TO', value: ({ to }) => to },
      { title: 'WINDOWS', value: ({ names }) => names.join(', ') },
    ],
    'Its maintenance windows are over: no required deployment begins any more.',
  );
}
