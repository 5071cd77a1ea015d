/** The routes of the versions of packages. */
import { OstlerError } from '@ostler/contract';
import { callerName } from '../http/caller-name.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { keepUsedPrograms, takePackageFile, type PackageDependencies } from './package-changes.ts';

type VersionHandlers = Pick<
  HandlersOf<'packages'>,
  'packages.versions' | 'packages.addVersion' | 'packages.rollBack' | 'packages.deleteVersion'
>;

export function versionHandlers(dependencies: PackageDependencies): VersionHandlers {
  const { packages, versionUsers } = dependencies;
  return {
    'packages.versions': async ({ params: { id } }) => {
      const users = await versionUsers(id);
      return { items: (await packages.versions(id)).map((each) => ({ ...each, usedBy: [...(users.get(each.version) ?? [])] })) };
    },
    'packages.addVersion': async ({ params: { id }, body: { programs, comment, ...file } }, context) => {
      const before = await packages.get(id);
      if (programs !== undefined) await keepUsedPrograms(before, programs, dependencies);
      const { log, caller } = context;
      const made = await takePackageFile({ kind: before.kind, ...file }, dependencies, context, (taken) =>
        packages.addVersion(id, { ...taken, ...(programs === undefined ? {} : { programs }) }, { savedBy: callerName(caller), comment }),
      );
      log.info({ packageId: id, name: made.name, version: made.version, sha256: made.content.sha256 }, 'package version added');
      return made;
    },
    'packages.rollBack': async ({ params: { id }, body }, { caller, log }) => {
      const older = (await packages.versions(id)).find(({ version }) => version === body.version);
      if (older === undefined) throw new OstlerError('NOT_FOUND', { kind: 'package version', id: String(body.version) });
      await keepUsedPrograms(await packages.get(id), older.programs, dependencies);
      const comment = body.comment === '' ? `Rolled back to version ${body.version}` : body.comment;
      const made = await packages.addVersion(id, older, { savedBy: callerName(caller), comment });
      log.info({ packageId: id, name: made.name, version: made.version }, 'package rolled back');
      return made;
    },
    'packages.deleteVersion': async ({ params: { id, version } }) => {
      await packages.removeVersion(id, version, async () => (await versionUsers(id)).get(version) ?? []);
      return { ok: true };
    },
  };
}
