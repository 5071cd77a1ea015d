/** Content and user state as reports show them. */
import { DriverFacts } from '@ostler/contract';
import { referencesOf } from '@ostler/task-sequence';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { newestVersions } from '../packages/package-rows.ts';
import { getTaskSequence } from '../task-sequences/store.ts';
import type { ReportSource } from './report.ts';

/** What the newest version of a task sequence names. Which packages a variable names, only the run knows. @throws OstlerError NOT_FOUND */
export async function contentOfSequence({ sql, within }: ReportSource, id: string) {
  const seen = sql.selectFrom('task_sequences').select('id').where('id', '=', id).where(within('task-sequences.read', 'task_sequences.id'));
  if ((await seen.executeTakeFirst()) === undefined) return [];
  const { imageIds, packageIds, applicationIds, allPackages, allApplications } = referencesOf((await getTaskSequence(sql, id)).definition);
  const images = await sql
    .selectFrom('images')
    .select(['id', 'name', 'size_bytes'])
    .select(shown(within('images.read', 'images.id')))
    .where('id', 'in', [...imageIds, ''])
    .execute();
  const packages = await newestVersions(sql)
    .select('package_id as id')
    .select(shown(within('packages.read', 'packages.id')))
    .where('package_id', 'in', [...packageIds, ''])
    .execute();
  const applications = await sql
    .selectFrom('applications')
    .select(['id', 'name'])
    .select(shown(within('applications.read', 'applications.id')))
    .where('id', 'in', [...applicationIds, ''])
    .execute();
  const rows = (kind: string, ids: readonly string[], found: readonly NamedContent[]) => {
    const byId = new Map(found.map((each) => [each.id, each]));
    return ids.map((id) => ({ kind, ...tell(byId.get(id)), id }));
  };
  const open = (kind: string, isOpen: boolean) =>
    isOpen ? [{ kind, name: 'what a variable or the drivers of the computer name', bytes: null, id: null }] : [];
  return [
    ...rows('image', imageIds, images),
    ...rows('package', packageIds, packages),
    ...open('package', allPackages),
    ...rows('application', applicationIds, applications),
    ...open('application', allApplications),
  ];
}

interface NamedContent {
  readonly id: string;
  readonly name: string;
  readonly size_bytes?: number;
  readonly shown: 0 | 1;
}

/** Whether the caller may see it, and not only that the task sequence refers to it. */
function shown(isWithin: RawBuilder<SqlBool>) {
  return raw<0 | 1>`case when ${isWithin} then 1 else 0 end`.as('shown');
}

function tell(content: NamedContent | undefined) {
  if (content === undefined) return { name: '(deleted)', bytes: null };
  return content.shown === 0 ? { name: '(not shown)', bytes: null } : { name: content.name, bytes: content.size_bytes ?? null };
}

/** By name. */
export async function driverPackages({ sql, within, limit }: ReportSource) {
  const rows = await newestVersions(sql)
    .where('kind', '=', 'drivers')
    .where(within('packages.read', 'packages.id'))
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ package_id: id, name, drivers, size_bytes: bytes }) => {
    const { manufacturer, model, version, categories, deviceIds } = DriverFacts.parse(JSON.parse(drivers ?? '{}'));
    return { name, manufacturer, model, version, categories: categories.join(', '), deviceIds: deviceIds.length, bytes, id };
  });
}

/** The newest first. */
export async function stateStores({ sql, within, limit }: ReportSource, deviceId: string | undefined) {
  let query = sql.selectFrom('state_stores').selectAll().where(within('state-stores.read', 'state_stores.id'));
  if (deviceId !== undefined)
    query = query.where((has) => has.or([has('device_id', '=', deviceId), has('restore_device_id', '=', deviceId)]));
  const rows = await query.orderBy('created_at', 'desc').limit(limit).execute();
  return rows.map((row) => ({
    device: row.device_name,
    state: row.state,
    restoredTo: row.restore_device_name,
    bytes: row.size_bytes,
    capturedAt: isoTimeOrNull(row.completed_at) ?? isoTime(row.created_at),
    restoredAt: isoTimeOrNull(row.restored_at),
    expiresAt: isoTimeOrNull(row.expires_at),
    store: row.id,
  }));
}

export async function stateStoreRoom({ sql, within }: ReportSource) {
  const rows = await sql
    .selectFrom('state_stores')
    .select(['state', raw<number>`count(*)`.as('stores'), raw<number>`cast(sum(size_bytes) as bigint)`.as('bytes')])
    .where(within('state-stores.read', 'state_stores.id'))
    .groupBy('state')
    .orderBy('state')
    .execute();
  return rows;
}
