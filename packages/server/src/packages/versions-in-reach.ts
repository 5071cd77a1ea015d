/** The versions of packages that a computer may still ask for: what distribution points have. */
import type { Queries } from '../devices/store.ts';
import { versionAt } from './content-revision.ts';

/** With their content: the newest of each package, and the older ones that runs have which go on. */
export async function versionsInReach(sql: Queries) {
  const rows = await sql
    .selectFrom('packages')
    .innerJoin('package_versions', 'package_versions.package_id', 'packages.id')
    .innerJoin('content', 'content.sha256', 'package_versions.sha256')
    .select(['packages.id', 'packages.name', 'package_versions.version', 'revision', 'content.sha256', 'content.size_bytes', 'stored_at'])
    .orderBy('package_versions.version')
    .execute();
  const runs = await sql.selectFrom('runs').select('content_revision').where('state', '=', 'running').distinct().execute();
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((versions) => {
    const newest = versions.at(-1);
    const older = new Set(runs.map((run) => versionAt(versions, run.content_revision))).difference(new Set([newest]));
    const named = versions.filter((row) => older.has(row)).map((row) => ({ ...row, name: `${row.name}, version ${row.version}` }));
    return newest === undefined ? named : [...named, newest];
  });
}
