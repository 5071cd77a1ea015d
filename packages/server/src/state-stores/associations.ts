/** Computer associations: which computer may restore what another one captured. They end with either computer. */
import { OstlerError, type DeviceAssociation } from '@ostler/contract';
import { getDevice, type Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';

export async function listAssociations(sql: Queries): Promise<DeviceAssociation[]> {
  const rows = await sql
    .selectFrom('device_associations as a')
    .innerJoin('devices as source', 'source.id', 'a.source_id')
    .innerJoin('devices as destination', 'destination.id', 'a.destination_id')
    .select(['a.source_id', 'a.destination_id', 'a.created_at', 'source.name as source_name', 'destination.name as destination_name'])
    .orderBy('source.name')
    .orderBy('destination.name')
    .execute();
  return rows.map((row) => ({
    sourceId: row.source_id,
    sourceName: row.source_name,
    destinationId: row.destination_id,
    destinationName: row.destination_name,
    createdAt: isoTime(row.created_at),
  }));
}

/** Once more changes nothing. @throws OstlerError NOT_FOUND, DEVICE_ASSOCIATED_WITH_ITSELF */
export async function associate(sql: Queries, sourceId: string, destinationId: string, nowMs: number): Promise<DeviceAssociation> {
  const { name } = await getDevice(sql, sourceId);
  await getDevice(sql, destinationId);
  if (sourceId === destinationId) throw new OstlerError('DEVICE_ASSOCIATED_WITH_ITSELF', { name });
  await sql
    .insertInto('device_associations')
    .values({ source_id: sourceId, destination_id: destinationId, created_at: nowMs })
    .onConflict((conflict) => conflict.columns(['source_id', 'destination_id']).doNothing())
    .execute();
  const made = (await listAssociations(sql)).find((each) => each.sourceId === sourceId && each.destinationId === destinationId);
  if (made === undefined) throw new OstlerError('NOT_FOUND', { kind: 'association of', id: sourceId });
  return made;
}

/** @throws OstlerError NOT_FOUND */
export async function dissociate(sql: Queries, sourceId: string, destinationId: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('device_associations')
    .where('source_id', '=', sourceId)
    .where('destination_id', '=', destinationId)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'association', id: `${sourceId} ${destinationId}` });
}

/** The computers whose state this one may restore besides its own. */
export async function sourcesOf(sql: Queries, destinationId: string): Promise<string[]> {
  const rows = await sql.selectFrom('device_associations').select('source_id').where('destination_id', '=', destinationId).execute();
  return rows.map(({ source_id }) => source_id);
}
