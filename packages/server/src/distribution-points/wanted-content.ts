/** Which pieces of content each distribution point should have, how far each is, and what was ordered for it. */
import { OstlerError, type ContentObjectKind, type PlacedContent, type SyncAnswer, type SyncReport } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import { versionsInReach } from '../packages/versions-in-reach.ts';
import type { DistributionPointTables } from './tables.ts';

export type PointRow = DistributionPointTables['distribution_points'];
type Placed = DistributionPointTables['distribution_point_content'];

/** A piece, with one of the objects that it belongs to. */
interface Wanted {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
  readonly object: PlacedContent['objects'][number];
}

export async function placedContent(sql: Queries, point: Pick<PointRow, 'id' | 'assignment'>): Promise<PlacedContent[]> {
  const rows = new Map((await placedRows(sql, point.id)).map((row) => [row.sha256, row]));
  const bySha = Map.groupBy(await wantedOf(sql, point), ({ sha256 }) => sha256);
  return [...bySha].map(([sha256, wanted]) => {
    return { sha256, sizeBytes: wanted[0]?.sizeBytes ?? 0, objects: wanted.map(({ object }) => object), ...asState(rows.get(sha256)) };
  });
}

function asState(row: Placed | undefined): Pick<PlacedContent, 'state' | 'receivedBytes' | 'problem' | 'verifiedAt'> {
  if (row === undefined) return { state: 'missing', receivedBytes: 0, problem: null, verifiedAt: null };
  // Safe: saveReport and order write these rows from the same type.
  const state = row.state as PlacedContent['state'];
  return { state, receivedBytes: row.received_bytes, problem: row.problem, verifiedAt: isoTimeOrNull(row.verified_at) };
}

/** What it is told at a sync. */
export async function wantedContent(sql: Queries, point: Pick<PointRow, 'id' | 'assignment'>): Promise<SyncAnswer['content']> {
  const rows = new Map((await placedRows(sql, point.id)).map((row) => [row.sha256, row]));
  const sizes = new Map((await wantedOf(sql, point)).map(({ sha256, sizeBytes }) => [sha256, sizeBytes]));
  return [...sizes].map(([sha256, sizeBytes]) => {
    const { fetch_order: fetchOrder = 0, validate_order: validateOrder = 0 } = rows.get(sha256) ?? {};
    return { sha256, sizeBytes, fetchOrder, validateOrder };
  });
}

export async function isWanted(sql: Queries, point: Pick<PointRow, 'id' | 'assignment'>, sha256: string): Promise<boolean> {
  return (await wantedOf(sql, point)).some((piece) => piece.sha256 === sha256);
}

/** Keeps what a distribution point says of what it should have. What it has not been told to pull again yet counts as missing. */
export async function saveReport(sql: Queries, point: Pick<PointRow, 'id' | 'assignment'>, { content }: SyncReport): Promise<void> {
  const { id: pointId } = point;
  const wanted = new Set((await wantedOf(sql, point)).map(({ sha256 }) => sha256));
  const known = new Map((await placedRows(sql, pointId)).map((row) => [row.sha256, row]));
  for (const piece of content.filter(({ sha256 }) => wanted.has(sha256))) {
    const before = known.get(piece.sha256);
    known.delete(piece.sha256);
    const isBehind = before !== undefined && piece.fetchOrder < before.fetch_order;
    const values = {
      state: isBehind ? 'missing' : piece.state,
      received_bytes: isBehind ? 0 : piece.receivedBytes,
      problem: piece.problem,
      verified_at: piece.verifiedAt === null ? null : Date.parse(piece.verifiedAt),
    };
    if (before !== undefined && hasSame(before, values)) continue;
    await sql
      .insertInto('distribution_point_content')
      .values({ point_id: pointId, sha256: piece.sha256, fetch_order: 0, validate_order: 0, ...values })
      .onConflict((conflict) => conflict.columns(['point_id', 'sha256']).doUpdateSet(values))
      .execute();
  }
  // What it does not speak of it does not have.
  for (const { sha256, state } of known.values()) {
    if (state === 'missing') continue;
    const lost = { state: 'missing', received_bytes: 0, problem: null, verified_at: null };
    await sql.updateTable('distribution_point_content').set(lost).where('point_id', '=', pointId).where('sha256', '=', sha256).execute();
  }
}

function hasSame(before: Placed, values: Pick<Placed, 'state' | 'received_bytes' | 'problem' | 'verified_at'>): boolean {
  const { state, received_bytes, problem, verified_at } = values;
  return (
    before.state === state && before.received_bytes === received_bytes && before.problem === problem && before.verified_at === verified_at
  );
}

/**
 * Orders one piece, or every one (null), to be pulled or read again.
 * @throws OstlerError NOT_FOUND for a piece that it should not have
 */
export async function order(
  sql: Queries,
  point: Pick<PointRow, 'id' | 'assignment'>,
  what: 'fetch' | 'validate',
  sha256: string | null,
): Promise<void> {
  const wanted = new Set((await wantedOf(sql, point)).map((piece) => piece.sha256));
  if (sha256 !== null && !wanted.has(sha256))
    throw new OstlerError('NOT_FOUND', { kind: 'content of this distribution point', id: sha256 });
  const known = new Map((await placedRows(sql, point.id)).map((row) => [row.sha256, row]));
  for (const piece of sha256 === null ? wanted : [sha256]) {
    const before = known.get(piece) ?? newRow(point.id, piece);
    const values =
      what === 'fetch'
        ? { fetch_order: before.fetch_order + 1, state: 'missing', received_bytes: 0, problem: null }
        : { validate_order: before.validate_order + 1 };
    await sql
      .insertInto('distribution_point_content')
      .values({ ...before, ...values })
      .onConflict((conflict) => conflict.columns(['point_id', 'sha256']).doUpdateSet(values))
      .execute();
  }
}

function newRow(pointId: string, sha256: string): Placed {
  const empty = { received_bytes: 0, problem: null, verified_at: null, fetch_order: 0, validate_order: 0 };
  return { point_id: pointId, sha256, state: 'missing', ...empty };
}

async function placedRows(sql: Queries, pointId: string): Promise<Placed[]> {
  return sql.selectFrom('distribution_point_content').selectAll().where('point_id', '=', pointId).execute();
}

/** Boot images are not among them: the first stage of the boot environment fetches from the site. */
async function wantedOf(sql: Queries, { id, assignment }: Pick<PointRow, 'id' | 'assignment'>): Promise<Wanted[]> {
  const all = [...(await imagePieces(sql)), ...(await packagePieces(sql))];
  const wanted = assignment === 'chosen' ? all.filter(await chosenFor(sql, id)) : all;
  return wanted.toSorted((one, other) => one.storedAtMs - other.storedAtMs || (one.sha256 < other.sha256 ? -1 : 1));
}

async function imagePieces(sql: Queries): Promise<Wanted[]> {
  const rows = await sql
    .selectFrom('images')
    .innerJoin('content', 'content.sha256', 'images.sha256')
    .select(['id', 'name', 'content.sha256', 'content.size_bytes', 'stored_at'])
    .execute();
  return rows.map((row) => asPiece('image', row));
}

async function packagePieces(sql: Queries): Promise<Wanted[]> {
  return (await versionsInReach(sql)).map((row) => asPiece('package', row));
}

async function chosenFor(sql: Queries, pointId: string): Promise<(piece: Wanted) => boolean> {
  const rows = await sql.selectFrom('distribution_point_chosen').selectAll().where('point_id', '=', pointId).execute();
  const chosen = new Set(rows.map((row) => `${row.owner_kind} ${row.owner_id}`));
  return ({ object }) => chosen.has(`${object.kind} ${object.id}`);
}

interface PieceRow {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly stored_at: number;
}

function asPiece(kind: ContentObjectKind, { id, name, sha256, size_bytes: sizeBytes, stored_at: storedAtMs }: PieceRow): Wanted {
  return { sha256, sizeBytes, storedAtMs, object: { kind, id, name } };
}

/** What people call images and packages, by id. */
export async function objectNames(sql: Queries): Promise<ReadonlyMap<string, string>> {
  const images = await sql.selectFrom('images').select(['id', 'name']).execute();
  const packages = await sql.selectFrom('packages').select(['id', 'name']).execute();
  return new Map([...images, ...packages].map(({ id, name }) => [id, name]));
}
