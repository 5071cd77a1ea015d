/** The routes of packages. Those of their versions are version-handlers.ts. */
import { OstlerError } from '@ostler/contract';
import { callerName } from '../http/caller-name.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { keepUsedPrograms, takePackageFile, type PackageDependencies } from './package-changes.ts';
import { versionHandlers } from './version-handlers.ts';

export function packageHandlers(dependencies: PackageDependencies): HandlersOf<'packages'> {
  const { packages, packageUsers } = dependencies;
  return {
    ...versionHandlers(dependencies),
    'packages.list': async () => ({ items: await packages.list() }),
    'packages.get': ({ params }) => packages.get(params.id),
    'packages.create': async ({ body: { name, programs, ...file } }, context) => {
      await packages.refuseTaken(name);
      const { log, caller } = context;
      const made = await takePackageFile(file, dependencies, context, (taken) =>
        packages.add({ name, kind: file.kind, ...taken, programs }, { savedBy: callerName(caller), comment: '' }),
      );
      log.info({ packageId: made.id, name, sha256: made.content.sha256 }, 'package added');
      return made;
    },
    'packages.update': async ({ params: { id }, body: { name, programs, comment } }, { caller, log }) => {
      const before = await packages.get(id);
      if (programs !== undefined) await keepUsedPrograms(before, programs, dependencies);
      if (name !== undefined) await packages.rename(id, name);
      if (programs !== undefined) await packages.addVersion(id, { programs }, { savedBy: callerName(caller), comment });
      const changed = await packages.get(id);
      log.info({ packageId: id, name: changed.name, version: changed.version }, 'package changed');
      return changed;
    },
    'packages.delete': async ({ params }) => {
      const found = await packages.get(params.id);
      const users = await packageUsers(found.id);
      if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'package', name: found.name, users: users.join(', ') });
      await packages.remove(found.id);
      return { ok: true };
    },
  };
}
