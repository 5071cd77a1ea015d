/** A condition over very many values. */
import { sql as raw, SqliteAdapter, type Kysely, type RawBuilder, type SqlBool } from 'kysely';

/**
 * For the `where`: the column has one of the values. They are one parameter: a list of parameters is a text of its own for each length, has a limit,
 * and takes longer to be written and read than to be answered.
 */
export function isOneOf<T>(sql: Pick<Kysely<T>, 'getExecutor'>, column: string, values: readonly string[]): RawBuilder<SqlBool> {
  const ref = raw.ref(column);
  return sql.getExecutor().adapter instanceof SqliteAdapter
    ? raw<SqlBool>`${ref} in (select value from json_each(${JSON.stringify(values)}))`
    : raw<SqlBool>`${ref} = any(${values})`;
}
