/** The programs of packages: JSON, PackageProgram[]. Forward only. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('packages')
    .addColumn('programs', 'text', (column) => column.notNull().defaultTo('[]'))
    .execute();
}
