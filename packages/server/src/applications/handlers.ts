/** The routes of applications: nothing is saved that refers to what is not there, or to itself through others. */
import { OstlerError, type ApplicationDefinition } from '@ostler/contract';
import { conditionProblems, installOrder } from '@ostler/task-sequence';
import type { HandlersOf } from '../http/handlers.ts';
import type { PackageStore } from '../packages/package-store.ts';
import { linksOf } from './links.ts';
import type { ApplicationStore } from './store.ts';

export interface ApplicationDependencies {
  readonly applications: ApplicationStore;
  readonly packages: Pick<PackageStore, 'list'>;
  /** Names of task sequences and runs that use it. */
  readonly applicationUsers: (applicationId: string) => Promise<string[]>;
}

export function applicationHandlers({ applications, packages, applicationUsers }: ApplicationDependencies): HandlersOf<'applications'> {
  return {
    'applications.list': async () => ({ items: await applications.list() }),
    'applications.get': ({ params }) => applications.get(params.id),
    'applications.create': async ({ body }, { log }) => {
      await requireSound('', body, { applications, packages });
      const made = await applications.add(body);
      log.info({ applicationId: made.id, name: made.name }, 'application added');
      return made;
    },
    'applications.update': async ({ params, body }) => {
      await requireSound(params.id, body, { applications, packages });
      return applications.update(params.id, body);
    },
    'applications.delete': async ({ params }) => {
      const { id, name } = await applications.get(params.id);
      const linked = (await applications.list()).filter((each) => linksOf(each).includes(id)).map((each) => `the application ${each.name}`);
      const users = [...linked, ...(await applicationUsers(id))];
      if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'application', name, users: users.join(', ') });
      await applications.remove(id);
      return { ok: true };
    },
  };
}

/** @throws OstlerError APPLICATION_INVALID with every problem, APPLICATION_CYCLE */
async function requireSound(
  id: string,
  definition: ApplicationDefinition,
  { applications, packages }: Pick<ApplicationDependencies, 'applications' | 'packages'>,
): Promise<void> {
  const others = (await applications.list()).filter((each) => each.id !== id);
  const hasPackage = (await packages.list()).some((each) => each.id === definition.packageId);
  const missing = linksOf(definition).filter((link) => !others.some((each) => each.id === link));
  const superseded = definition.supersedes.filter(({ uninstall }) => uninstall).map(({ applicationId }) => applicationId);
  const problems = [
    ...(hasPackage ? [] : [`there is no package ${definition.packageId}`]),
    ...missing.map((link) => (link === id ? 'it refers to itself' : `there is no application ${link}`)),
    ...others
      .filter((each) => superseded.includes(each.id) && each.uninstallCommand === '')
      .map((each) => `the application ${each.name} has no uninstallCommand`),
    ...[definition.detection, definition.requirements].flatMap((each) => (each === undefined ? [] : conditionProblems(each))),
  ];
  if (problems.length > 0) throw new OstlerError('APPLICATION_INVALID', { name: definition.name, problems: problems.join('; ') });
  installOrder([id], [...others, { ...definition, id }]);
}
