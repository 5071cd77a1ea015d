/** Which applications belong to one, and in which order they are installed; applications and programs as people write them. Pure. */
import { ApplicationDefinition, OstlerError, PackagePrograms, type Application, type PackageProgram } from '@ostler/contract';
import { z } from 'zod';
import { readYaml } from './read-yaml.ts';

type Links = Pick<Application, 'id' | 'name' | 'dependencies' | 'supersedes'>;

/** The applications with these ids, and all that they depend on or supersede. One that is not there is left out. */
export function applicationClosure<A extends Links>(ids: readonly string[], all: readonly A[]): A[] {
  const byId = new Map(all.map((each) => [each.id, each]));
  const found = new Map<string, A>();
  const waiting = [...ids];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const each = byId.get(id);
    if (each === undefined || found.has(id)) continue;
    found.set(id, each);
    waiting.push(...each.dependencies, ...each.supersedes.map(({ applicationId }) => applicationId));
  }
  return [...found.values()];
}

/**
 * The wanted ones in their order, each after what it depends on, each once.
 * @throws OstlerError ASSIGNMENT_INCOMPLETE for one that is not there, APPLICATION_CYCLE
 */
export function installOrder<A extends Links>(wantedIds: readonly string[], all: readonly A[]): A[] {
  const byId = new Map(all.map((each) => [each.id, each]));
  const ordered: A[] = [];
  const visit = (id: string, above: readonly A[]): void => {
    const application = byId.get(id);
    if (application === undefined) throw new OstlerError('ASSIGNMENT_INCOMPLETE', { kind: 'application', id });
    if (above.includes(application))
      throw new OstlerError('APPLICATION_CYCLE', { names: [...above, application].map(({ name }) => name).join(' → ') });
    if (ordered.includes(application)) return;
    for (const dependency of application.dependencies) visit(dependency, [...above, application]);
    ordered.push(application);
  };
  for (const id of wantedIds) visit(id, []);
  return ordered;
}

/** Reads an application as people write it. @throws OstlerError BAD_REQUEST naming each problem */
export function parseApplication(text: string): ApplicationDefinition {
  return parseAs(ApplicationDefinition, text);
}

/** Reads the programs of a package as people write them. @throws OstlerError BAD_REQUEST naming each problem */
export function parsePackagePrograms(text: string): PackageProgram[] {
  return parseAs(PackagePrograms, text);
}

function parseAs<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(readYaml(text, notYaml));
  if (!parsed.success) throw new OstlerError('BAD_REQUEST', { problem: z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' ') });
  return parsed.data;
}

function notYaml(problem: string, cause: unknown): OstlerError {
  return new OstlerError('BAD_REQUEST', { problem }, { cause });
}
