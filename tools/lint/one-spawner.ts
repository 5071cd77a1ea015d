/** Rule `house/one-spawner`: external programs are started in one place, so that every one can be stopped and replayed. */
import { eachModuleName, repositoryPath, type Rule } from './rule.ts';

/** `start-program.ts` is the command line's own: it may not import the imaging package. */
const spawners: readonly string[] = ['packages/imaging/src/run.ts', 'packages/cli/src/start-program.ts'];
const spawningModules: readonly string[] = ['node:child_process', 'child_process', 'node:cluster', 'cluster'];

export const oneSpawner: Rule = {
  create(context) {
    if (spawners.includes(repositoryPath(context))) return {};
    return eachModuleName((specifier, node) => {
      if (spawningModules.includes(specifier)) {
        context.report({ node, message: 'Start programs through run() or start() of @ostler/imaging/run.' });
      }
    });
  },
};
