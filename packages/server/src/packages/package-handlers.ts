/** The routes of packages. */
import { OstlerError } from '@ostler/contract';
import type { ContentStore } from '../content/content-store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { checkPackage, readDriverFacts } from './check-package.ts';
import type { PackageStore } from './package-store.ts';

export interface PackageDependencies {
  readonly content: Pick<ContentStore, 'takeFile'>;
  readonly packages: PackageStore;
  readonly uploads: Pick<Uploads, 'finished' | 'remove'>;
  /** Names of what refers to a package, such as task sequences. */
  readonly packageUsers: (packageId: string) => Promise<string[]>;
  /** Names of what runs one of its programs. */
  readonly programUsers: (packageId: string, program: string) => Promise<string[]>;
}

export function packageHandlers({ content, packages, uploads, packageUsers, programUsers }: PackageDependencies): HandlersOf<'packages'> {
  return {
    'packages.list': async () => ({ items: await packages.list() }),
    'packages.get': ({ params }) => packages.get(params.id),
    'packages.create': async ({ body }, { signal, log }) => {
      const { name, kind, fileName, uploadId, programs } = body;
      await packages.refuseTaken(name);
      const upload = await uploads.finished('administrators', uploadId);
      const file = { path: upload.path, fileName };
      await checkPackage[kind](file, signal);
      const drivers = kind === 'drivers' ? { drivers: await readDriverFacts(file, signal) } : {};
      const ref = await content.takeFile(upload.path, { signal });
      const made = await packages.add({ name, kind, fileName, content: ref, ...drivers, programs });
      await uploads.remove('administrators', uploadId);
      log.info({ packageId: made.id, name, sha256: ref.sha256 }, 'package added');
      return made;
    },
    'packages.update': async ({ params: { id }, body }, { log }) => {
      const before = await packages.get(id);
      const kept = body.programs?.map(({ name }) => name);
      for (const { name: program } of before.programs.filter(({ name }) => kept !== undefined && !kept.includes(name))) {
        const users = await programUsers(id, program);
        if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'program', name: program, users: users.join(', ') });
      }
      const changed = await packages.update(id, body);
      log.info({ packageId: id, name: changed.name, programs: changed.programs.map(({ name }) => name) }, 'package changed');
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
