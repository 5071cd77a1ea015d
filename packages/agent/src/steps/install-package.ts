/**
 * Install Package: one package, or those that the numbered variables of a base name list: `packageId` or `packageId:arguments` each. The first that
 * fails ends the step, unless it goes on; then the step fails at its end and names those that failed.
 */
import { OstlerError, type StepOptions } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { numberedValues } from './base-variable.ts';
import { installContent, type Installation } from './install-content.ts';
import { packageOf, succeeded, type StepContext, type StepHandler } from './step-context.ts';

/** Success, and success that asks for a restart. */
const good: readonly number[] = [0, 3010];

export const installPackage: StepHandler<'install-package'> = async (options, context) => {
  const [first, ...others] = installations(options, context);
  if (first === undefined) return succeeded(`${options.baseVariable}001 is not set: there is nothing to install.`, { packages: 0 });
  if (others.length === 0) return installContent(first, context);
  return installAll([first, ...others], options.continueOnFailure, context);
};

function installations(
  { packageId, baseVariable, arguments: words }: StepOptions<'install-package'>,
  context: StepContext,
): Installation[] {
  const { variables } = context;
  if (packageId !== undefined) return [{ found: packageOf(context, packageId), argumentText: variables.expand(words) }];
  return numberedValues(variables, baseVariable ?? '', 3).map((value) => {
    const [, id = '', own] = /^([^:]+)(?::(.*))?$/s.exec(value.trim()) ?? [];
    return { found: packageOf(context, id), argumentText: variables.expand(own ?? words) };
  });
}

/** Exit code 3010 when any of them asks for a restart. */
async function installAll(list: readonly Installation[], continueOnFailure: boolean, context: StepContext): Promise<StepResult> {
  const lines: string[] = [];
  const failed: string[] = [];
  let restart = false;
  for (const [number, each] of list.entries()) {
    context.report({ activity: `Installing ${each.found.name}`, done: number, total: list.length, unit: 'steps' }, null);
    const { exitCode, output } = await installContent(each, context);
    lines.push(`${each.found.name}: exit code ${exitCode}`);
    restart ||= exitCode === 3010;
    if (good.includes(exitCode)) continue;
    if (!continueOnFailure) return { exitCode, output: `${lines.join('\n')}\n${output}`.slice(-4000) };
    failed.push(each.found.name);
  }
  if (failed.length > 0) throw new OstlerError('INSTALLATION_FAILED', { kind: 'packages', names: failed.join(', '), total: list.length });
  return { exitCode: restart ? 3010 : 0, output: lines.join('\n'), facts: { packages: list.length } };
}
