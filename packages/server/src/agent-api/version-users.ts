/** Which runs that go on have which version of a package. */
import type { Queries } from '../devices/store.ts';
import type { ContentCatalogue } from '../task-sequences/site-lookups.ts';
import { runReferences } from './assignment.ts';

/** Names of the runs, by version. Where variables name packages, a run may have any. */
export async function packageVersionUsers(
  sql: Queries,
  catalogue: ContentCatalogue,
  packageId: string,
): Promise<ReadonlyMap<number, string[]>> {
  const runs = await sql
    .selectFrom('runs')
    .select(['device_name', 'definition', 'content_revision'])
    .where('state', '=', 'running')
    .execute();
  const users = new Map<number, string[]>();
  // A fleet runs few definitions: each is looked into once.
  for (const alike of Map.groupBy(runs, (row) => `${row.content_revision} ${row.definition}`).values()) {
    const [first] = alike;
    const found = first === undefined ? undefined : (await runReferences(first, catalogue)).packages.find(({ id }) => id === packageId);
    if (found === undefined) continue;
    users.set(found.version, [...(users.get(found.version) ?? []), ...alike.map((row) => `the run on ${row.device_name}`)]);
  }
  return users;
}
