/** The routes and the job of the sealing key. */
import { OstlerError, type SealingKeyState } from '@ostler/contract';
import type { HandlersOf } from '../http/handlers.ts';
import { isoTime } from '../iso-time.ts';
import type { JobHandler, JobQueue } from '../jobs/job-handlers.ts';
import { rotateSealingKey } from './rotate.ts';
import { countSealed, sealedColumns } from './sealed-columns.ts';
import type { Sealing } from './sealing.ts';

export function sealingHandlers(sealing: Sealing, jobs: JobQueue): Pick<HandlersOf<'site'>, 'site.sealingKey' | 'site.rotateSealingKey'> {
  const { sql } = sealing.database;
  return {
    'site.sealingKey': () => stateOf(sealing),
    'site.rotateSealingKey': async () => {
      const { id } = await sealing.keys.current(sql);
      return jobs.enqueue('sealing-key-rotation', 'The sealing key', { from: id });
    },
  };
}

export function sealingKeyRotation(sealing: Sealing): JobHandler<'sealing-key-rotation'> {
  return async ({ from }, { signal, report, log }) => {
    const { resealed } = await rotateSealingKey(from, sealing, { signal, report });
    const { keyId, siteKeyId } = await stateOf(sealing);
    log.info({ keyId, siteKeyId, resealed }, 'sealing key rotated');
    return { keyId, siteKeyId, resealed };
  };
}

async function stateOf({ database: { sql }, siteKeys, keys }: Sealing): Promise<SealingKeyState> {
  const { id } = await keys.current(sql);
  const row = await sql.selectFrom('sealing_keys').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'sealing key', id });
  const sealed = await Promise.all(sealedColumns.map(async (column) => ({ what: column.what, ...(await countSealed(sql, column, id)) })));
  return { source: siteKeys.source, siteKeyId: row.site_key_id, keyId: id, createdAt: isoTime(row.created_at), sealed };
}
