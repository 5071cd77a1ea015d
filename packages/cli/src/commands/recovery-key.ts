/** `ostler device recovery-key`: what a person types where an encrypted disk asks for its key. */
import { OstlerError, type RecoveryKey } from '@ostler/contract';
import { text, type ApiCommand, type CommandContext } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';

/** Without a name the volume alone decides: its device may be forgotten, or unknown to who stands before the disk. */
async function findKeys({ client, signal, ...context }: CommandContext, device: string | undefined, volumeId: string | undefined) {
  if (device === undefined && volumeId === undefined) throw new OstlerError('BAD_REQUEST', { problem: 'give a device or --volume' });
  const deviceId = device === undefined ? undefined : await resolveId({ client, signal, ...context }, 'device', device);
  const query = { ...(deviceId === undefined ? {} : { deviceId }), ...(volumeId === undefined ? {} : { volumeId }) };
  return (await client.call('recoveryKeys.list', { query }, signal)).items;
}

function keyTable(keys: readonly RecoveryKey[]): string {
  return formatTable(
    keys,
    [
      { title: 'ID', value: ({ id }) => id },
      { title: 'DEVICE', value: ({ deviceName }) => deviceName },
      { title: 'VOLUME', value: ({ volumeId }) => volumeId },
      { title: 'MOUNTED AT', value: ({ mountPoint }) => mountPoint },
      { title: 'KEPT', value: ({ createdAt }) => createdAt },
    ],
    'There are no recovery keys.',
  );
}

export const recoveryKeyCommands: readonly ApiCommand[] = [
  {
    words: 'device recovery-key',
    summary: 'Show the recovery key of an encrypted disk; the server logs who asked',
    arguments: ['[device]'],
    options: {
      '--volume <id>': 'the volume, as the computer names it where it asks for the key',
      '--list': 'only list what keys there are',
    },
    help: 'Of several keys of one volume the newest is shown; --list --json names the others.',
    run: async (context, [device], values) => {
      const keys = await findKeys(context, device, text(values, 'volume'));
      if (values['list'] === true) {
        context.output.result(keys, () => keyTable(keys));
        return;
      }
      const [newest, ...others] = keys;
      if (newest === undefined) throw new OstlerError('NOT_FOUND', { kind: 'recovery key of', id: device ?? text(values, 'volume') ?? '' });
      if (others.some(({ volumeId }) => volumeId !== newest.volumeId)) {
        const ids = [...new Set(keys.map(({ volumeId }) => volumeId))].join(', ');
        throw new OstlerError('AMBIGUOUS_NAME', { kind: 'volume (give --volume)', name: newest.deviceName, ids });
      }
      const shown = await context.client.call('recoveryKeys.reveal', { params: { id: newest.id } }, context.signal);
      const { deviceName, volumeId, mountPoint, createdAt, key } = shown;
      context.output.result(shown, () =>
        formatFacts({ device: deviceName, volume: volumeId, mountedAt: mountPoint, kept: createdAt, key }),
      );
    },
  },
];
