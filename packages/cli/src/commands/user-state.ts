/** Commands for user state at the site: the stores, their recovery, and which computers may restore what others captured. */
import { open, rm } from 'node:fs/promises';
import { formatBytes, type StateStore } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { openStream } from '../read-stream.ts';
import { resolveId } from '../resolve.ts';

function storeTable(stores: readonly StateStore[]): string {
  return formatTable(
    stores,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'CAPTURED FROM', value: ({ deviceName }) => deviceName },
      { title: 'RESTORED TO', value: ({ restoreDeviceName }) => restoreDeviceName },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'SIZE', value: ({ sizeBytes }) => formatBytes(sizeBytes) },
      { title: 'COMPLETE', value: ({ completedAt }) => completedAt },
      { title: 'DELETED AT', value: ({ expiresAt }) => expiresAt },
    ],
    'There is no user state at the site.',
  );
}

/** A file that is not there yet; what came of a failed download does not stay. */
async function download(context: CommandContext, id: string, path: string): Promise<number> {
  const body = await openStream(context, 'stateStores.content', { id });
  await using file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
    return (await file.stat()).size;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

const storeCommands: readonly ApiCommand[] = [
  {
    words: 'user-state list',
    summary: 'List the state stores at the site, the newest first',
    options: { '--device <device>': 'only what this computer captured or restored' },
    run: async (context, _arguments, values) => {
      const device = text(values, 'device');
      const query = device === undefined ? {} : { deviceId: await resolveId(context, 'device', device) };
      const { items } = await context.client.call('stateStores.list', { query }, context.signal);
      context.output.result(items, () => storeTable(items));
    },
  },
  {
    words: 'user-state show',
    summary: 'Show one state store',
    arguments: ['<store>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'state store', name);
      const store = await context.client.call('stateStores.get', { params: { id } }, context.signal);
      context.output.result(store, () => formatFacts(store));
    },
  },
  {
    words: 'user-state delete',
    summary: 'Delete a state store with the files in it',
    arguments: ['<store>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'state store', name);
      await context.client.call('stateStores.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The state store ${id} is deleted.`);
    },
  },
  {
    words: 'user-state download',
    summary: 'Recover the files of a state store; the server logs who asked',
    arguments: ['<store>', '<file>'],
    help: 'The file is a tar archive compressed with zstd, in clear: tar --extract --zstd --file FILE. state.json in it has the accounts with their password hashes.',
    run: async (context, [name = '', path = '']) => {
      const id = await resolveId(context, 'state store', name);
      const sizeBytes = await download(context, id, path);
      context.output.result({ id, path, sizeBytes }, () => `The user state is in ${path} (${formatBytes(sizeBytes)}).`);
    },
  },
];

const associationCommands: readonly ApiCommand[] = [
  {
    words: 'device associate',
    summary: 'Let a new computer restore the user state of an old one',
    arguments: ['<old>', '<new>'],
    run: async (context, [oldName = '', newName = '']) => {
      const params = { id: await resolveId(context, 'device', oldName), destinationId: await resolveId(context, 'device', newName) };
      const made = await context.client.call('deviceAssociations.create', { params }, context.signal);
      context.output.result(made, () => `${made.destinationName} may restore the user state of ${made.sourceName}.`);
    },
  },
  {
    words: 'device dissociate',
    summary: 'Take that back',
    arguments: ['<old>', '<new>'],
    run: async (context, [oldName = '', newName = '']) => {
      const params = { id: await resolveId(context, 'device', oldName), destinationId: await resolveId(context, 'device', newName) };
      await context.client.call('deviceAssociations.delete', { params }, context.signal);
      context.output.result(params, () => `${newName} may no longer restore the user state of ${oldName}.`);
    },
  },
  {
    words: 'device associations',
    summary: 'List which computers may restore the user state of others',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('deviceAssociations.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'OLD', value: ({ sourceName }) => sourceName },
            { title: 'NEW', value: ({ destinationName }) => destinationName },
            { title: 'SINCE', value: ({ createdAt }) => createdAt },
          ],
          'No computers are associated.',
        ),
      );
    },
  },
];

export const userStateCommands: readonly ApiCommand[] = [...storeCommands, ...associationCommands];
