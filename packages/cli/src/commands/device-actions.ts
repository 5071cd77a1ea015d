/** `ostler device wake`, `boot-once`, `rerun`, `delete`: what is done to a computer from afar. */
import { OstlerError, type DeviceDependents } from '@ostler/contract';
import type { ApiCommand } from '../command.ts';
import { resolveId } from '../resolve.ts';

/** What a deletion takes along and what it leaves; empty where there is nothing of either. */
export function dependentsText({ goes, stays }: DeviceDependents): string[] {
  const counted = (counts: readonly (readonly [number, string])[]): string =>
    counts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${what}: ${count}`)
      .join(', ');
  const gone = counted([
    [goes.variables, 'variables'],
    [goes.users, 'users'],
    [goes.collectionRules, 'places in collections'],
    [goes.inventoryChanges, 'changes of its inventory'],
    [goes.associations.length, 'computer associations'],
  ]);
  const kept = counted([
    [stays.runs, 'runs'],
    [stays.recoveryKeys, 'recovery keys'],
    [stays.stateStores, 'state stores'],
  ]);
  const associations = goes.associations.map((association) => `  ${association}`);
  return [...(gone === '' ? [] : [`With it go ${gone}.`, ...associations]), ...(kept === '' ? [] : [`What stays of it: ${kept}.`])];
}

export const deviceActionCommands: readonly ApiCommand[] = [
  {
    words: 'device wake',
    summary: 'Switch a computer on: wake on LAN, in every network that the server is in',
    arguments: ['<device>'],
    help: 'Nothing answers such a packet. Wake on LAN has to be switched on in the computer’s firmware; routers let no broadcast through.',
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      const woken = await context.client.call('devices.wake', { params: { id } }, context.signal);
      context.output.result(woken, () => `${name} is woken: ${woken.macAddresses.join(', ')}, by ${woken.networks.join(', ')}.`);
    },
  },
  {
    words: 'device boot-once',
    summary: 'At its next network boot, lead a computer into the boot environment without a key being pressed',
    arguments: ['<device>'],
    options: { '--cancel': 'not any more' },
    help: 'It ends with the first time that the computer is admitted. Where nothing is deployed to it, the computer says so and goes on to its disk.',
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'device', name);
      const body = { bootOnce: values['cancel'] !== true };
      const device = await context.client.call('devices.update', { params: { id }, body }, context.signal);
      context.output.result(device, () => `${device.name} ${device.bootOnce ? 'boots from the network once' : 'boots as always'}.`);
    },
  },
  {
    words: 'device rerun',
    summary: 'Let every required deployment that ran on a computer run there again',
    arguments: ['<device>'],
    help: 'They begin at its next network boot, and may wipe it. `ostler deployment rerun` is for one of them.',
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      const { items } = await context.client.call('devices.rerun', { params: { id } }, context.signal);
      const names = items.map((item) => item.name).join(', ');
      context.output.result(items, () =>
        items.length === 0 ? `No required deployment has run on ${name}.` : `${name} runs again: ${names}.`,
      );
    },
  },
  {
    words: 'device delete',
    summary: 'Forget a computer: says what goes with it, and does it with --yes',
    arguments: ['<device>'],
    options: { '--yes': 'do it' },
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'device', name);
      const dependents = await context.client.call('devices.dependents', { params: { id } }, context.signal);
      for (const line of dependentsText(dependents)) context.output.note(line);
      if (values['yes'] !== true) throw new OstlerError('DEVICE_DELETE_UNCONFIRMED', { name });
      await context.client.call('devices.delete', { params: { id } }, context.signal);
      context.output.result({ id, ...dependents }, () => `${name} is forgotten.`);
    },
  },
];
