/** The difference of two large sets of ids, read side by side in the order of an index, in the words by which each database does that. */
import { SqliteAdapter, sql as raw, type Kysely, type RawBuilder } from 'kysely';

interface WithId {
  readonly device_id: string;
}

/**
 * A subquery: what the first has and the second has not. Neither has one twice, nor an order of its own, and an index has each in the order of its
 * ids. Then nothing is looked up, and no set of them is held in memory: for `except` PostgreSQL would do that, without `order by` for its anti join.
 */
export function idsWithout<T>(
  sql: Pick<Kysely<T>, 'getExecutor'>,
  these: RawBuilder<WithId>,
  those: RawBuilder<WithId>,
): RawBuilder<WithId> {
  return sql.getExecutor().adapter instanceof SqliteAdapter
    ? raw<WithId>`${these} except ${those} order by 1`
    : raw<WithId>`select device_id from (${these} order by device_id) as these
        where not exists (select 1 from (${those} order by device_id) as those where those.device_id = these.device_id)`;
}
