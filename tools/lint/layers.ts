/**
 * Rule `house/layers`: who may import whom. The table below is the import table of ARCHITECTURE.md.
 * It looks at module names only; that a package declares what it imports is checked by knip.
 */
import { eachModuleName, importedPath, isTestFile, repositoryPath, type Rule } from './rule.ts';

const run = 'imaging/run';

/** For each package or top-level folder: the packages it may import. `imaging/run` alone is the one place that starts programs. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  'task-sequence': ['contract'],
  'user-state': ['contract'],
  content: ['contract'],
  imaging: ['contract', 'content'],
  'network-boot': ['contract', run],
  'boot-image': ['contract', run],
  server: ['contract', 'task-sequence', 'user-state', 'content', 'imaging', run, 'network-boot', 'boot-image'],
  agent: ['contract', 'task-sequence', 'user-state', 'content', 'imaging', run],
  cli: ['contract', 'task-sequence'],
  console: ['contract', 'task-sequence'],
  testkit: ['contract', run],
  lab: ['contract', run],
  bench: ['contract', 'task-sequence', 'imaging', 'lab/server-program', 'testkit/postgres-cluster', run],
  // The reference generator reads the server's settings, the check of the guide the commands; nothing in the product imports tools.
  tools: ['contract', 'task-sequence', 'server', run],
};

/** Packages that stay free of Node's API, with the only outside modules each may import. */
const pure: Readonly<Record<string, readonly string[]>> = {
  contract: ['zod'],
  'task-sequence': ['yaml', 'zod'],
};

export const layers: Rule = {
  create(context) {
    const here = repositoryPath(context);
    const unit = unitOf(here);
    if (unit === undefined) return {};
    return eachModuleName((specifier, node) => {
      const message = specifier.startsWith('.')
        ? problemOfRelative(unit, importedPath(context, specifier))
        : problemOfPackage(unit, specifier, isTestFile(here));
      if (message !== undefined) context.report({ node, message });
    });
  },
};

function unitOf(path: string): string | undefined {
  return /^(?:packages\/([^/]+)|(lab|bench|tools))\//.exec(path)?.slice(1).find(Boolean);
}

/** What the pages of the reference are made from, and what the command lines of all pages are checked against. */
const documentedSources: readonly string[] = [
  'packages/cli/src/program.ts',
  'packages/server/src/accounts/recover-command.ts',
  'packages/server/src/backup/restore-command.ts',
  'packages/server/src/config.ts',
  'packages/server/src/distribution-point/settings.ts',
  'packages/server/src/reports/definitions.ts',
];

function problemOfRelative(unit: string, target: string): string | undefined {
  const to = unitOf(target);
  if (to === unit || (unit === 'tools' && documentedSources.includes(target))) return undefined;
  return `A relative import stays inside ${unit}; import another package by its name.`;
}

function problemOfPackage(unit: string, specifier: string, inTest: boolean): string | undefined {
  const name = /^@ostler\/(.+)$/.exec(specifier)?.[1];
  if (name === undefined) return problemOfOutside(unit, specifier, inTest);
  if ((allowed[unit] ?? []).includes(name) || (inTest && name === 'testkit')) return undefined;
  return `${unit} must not import @ostler/${name}. It may import: ${(allowed[unit] ?? []).join(', ') || 'no other package'}.`;
}

function problemOfOutside(unit: string, specifier: string, inTest: boolean): string | undefined {
  const outside = pure[unit];
  if (outside === undefined || inTest || outside.includes(specifier)) return undefined;
  return `${unit} is pure: it may import ${outside.join(' and ')}, and no Node API.`;
}
