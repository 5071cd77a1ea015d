/** Commands for the key that seals secrets. */
import type { ApiCommand } from '../command.ts';
import { followAndPrint } from '../follow-job.ts';
import { formatFacts, formatTable } from '../output.ts';

export const sealingKeyCommands: readonly ApiCommand[] = [
  {
    words: 'site sealing-key',
    summary: 'Show which key seals secrets, where it comes from, and how many secrets it seals',
    help: `The site's key is outside of the database: in the file secrets.key, in the environment, or a credential of systemd. It opens
the key in the database, with which secrets are sealed. OLDER counts what an interrupted rotation has left.`,
    run: async ({ client, output, signal }) => {
      const state = await client.call('site.sealingKey', {}, signal);
      output.result(state, () => {
        const { sealed, ...facts } = state;
        const table = formatTable(
          sealed,
          [
            { title: 'SEALED', value: ({ what }) => what },
            { title: 'VALUES', value: ({ values }) => values },
            { title: 'OLDER', value: ({ older }) => older },
          ],
          '',
        );
        return `${formatFacts(facts)}\n\n${table}`;
      });
    },
  },
  {
    words: 'site rotate-sealing-key',
    summary: 'Seal every secret again with a new key, while the site runs',
    options: { '--no-wait': 'do not wait for the end' },
    help: `Makes a new key and seals with it what was sealed: secret variables, recovery keys, keys of state stores and of runs.
The old key is deleted when nothing needs it any more; a power cut in between loses nothing, and the work goes on after it.

Where secrets.key belongs to one server alone (the site is on SQLite), it is replaced too. Elsewhere give every server the new
site key, the old one as OSTLER_SEALING_KEY_PREVIOUS, restart them, and then run this: the old one is not needed afterwards.

  ostler site rotate-sealing-key
  ostler site sealing-key`,
    run: async (context, _args, values) => {
      const job = await context.client.call('site.rotateSealingKey', {}, context.signal);
      await followAndPrint(context, job, values, ({ result }) => {
        const { resealed, siteKeyId } = result ?? {};
        return `${String(resealed)} secrets are sealed with a new key, under the site key ${String(siteKeyId)}. Older keys are not needed any more.`;
      });
    },
  },
];
