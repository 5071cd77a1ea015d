/**
 * Install Package: one package or a program of it, or those that the numbered variables of a base name list: `packageId`, `packageId:program` or
 * `packageId:arguments` each. The first that fails ends the step, unless it goes on; then the step fails at its end and names those that failed.
 */
import { isOstlerError, OstlerError, toErrorBody, type ErrorCode, type Package, type StepOptions } from '@ostler/contract';
import { conditionHolds, describeCondition, type StepResult } from '@ostler/task-sequence';
import { numberedValues } from './base-variable.ts';
import { installContent, type Installation } from './install-content.ts';
import { packageOf, succeeded, type StepContext, type StepHandler } from './step-context.ts';

/** Success, and success that asks for a restart. */
const good: readonly number[] = [0, 3010];
const restartCode = 3010;

export const installPackage: StepHandler<'install-package'> = async (options, context) => {
  const [first, ...others] = installations(options, context);
  if (first === undefined) return succeeded(`${options.baseVariable}001 is not set: there is nothing to install.`, { packages: 0 });
  if (others.length === 0) return installOne(first, context);
  return installAll([first, ...others], options.continueOnFailure, context);
};

function installations(
  { packageId, program, baseVariable, arguments: words }: StepOptions<'install-package'>,
  context: StepContext,
): Installation[] {
  const { variables } = context;
  if (packageId !== undefined) {
    const found = packageOf(context, packageId);
    const argumentText = variables.expand(words);
    return [{ found, argumentText, ...(program === undefined ? {} : { program: programOf(found, program) }) }];
  }
  return numberedValues(variables, baseVariable ?? '', 3).map((value) => {
    const [, id = '', own] = /^([^:]+)(?::(.*))?$/s.exec(value.trim()) ?? [];
    const found = packageOf(context, id);
    const named = found.programs.find(({ name }) => name === own);
    if (named !== undefined) return { found, argumentText: variables.expand(words), program: named };
    return { found, argumentText: variables.expand(own ?? words) };
  });
}

function programOf({ name, programs }: Package, wanted: string): NonNullable<Installation['program']> {
  const found = programs.find((each) => each.name === wanted);
  if (found === undefined) throw new OstlerError('PACKAGE_PROGRAM_MISSING', { package: name, program: wanted });
  return found;
}

/**
 * A program's own success codes become what every step understands.
 * @throws OstlerError PACKAGE_PROGRAM_NOT_FOR_COMPUTER, PACKAGE_PROGRAM_FAILED
 */
async function installOne(installation: Installation, context: StepContext): Promise<StepResult> {
  const { found, program } = installation;
  if (program === undefined) return installContent(installation, context);
  const { name, requirements, successCodes } = program;
  if (
    requirements !== undefined &&
    !(await conditionHolds(requirements, { variables: context.variables, facts: context.conditionFacts }))
  ) {
    const facts = { package: found.name, program: name, requirements: describeCondition(requirements) };
    throw new OstlerError('PACKAGE_PROGRAM_NOT_FOR_COMPUTER', facts);
  }
  const result = await installContent(installation, context);
  const { exitCode, output } = result;
  if (!successCodes.includes(exitCode)) {
    throw new OstlerError('PACKAGE_PROGRAM_FAILED', { package: found.name, program: name, exitCode, output: output.slice(-500) });
  }
  return { ...result, exitCode: exitCode === restartCode ? restartCode : 0, facts: { ...result.facts, program: name } };
}

/** Exit code 3010 when any of them asks for a restart. */
async function installAll(list: readonly Installation[], continueOnFailure: boolean, context: StepContext): Promise<StepResult> {
  const lines: string[] = [];
  const failed: string[] = [];
  let restart = false;
  for (const [number, each] of list.entries()) {
    context.report({ activity: `Installing ${each.found.name}`, done: number, total: list.length, unit: 'steps' }, null);
    const result = await installOne(each, context).catch((error: unknown) => failureOf(error, continueOnFailure));
    const { exitCode, output } = result;
    lines.push(`${each.found.name}: ${'problem' in result ? result.problem : `exit code ${exitCode}`}`);
    restart ||= exitCode === restartCode;
    if (good.includes(exitCode)) continue;
    if (!continueOnFailure) return { exitCode, output: `${lines.join('\n')}\n${output}`.slice(-4000) };
    failed.push(each.found.name);
  }
  if (failed.length > 0) throw new OstlerError('INSTALLATION_FAILED', { kind: 'packages', names: failed.join(', '), total: list.length });
  return { exitCode: restart ? restartCode : 0, output: lines.join('\n'), facts: { packages: list.length } };
}

const ofPrograms: readonly ErrorCode[] = ['PACKAGE_PROGRAM_NOT_FOR_COMPUTER', 'PACKAGE_PROGRAM_FAILED'];

/** Of a list that goes on, a program that failed is one of those that failed; what else is wrong ends it. */
function failureOf(error: unknown, continueOnFailure: boolean) {
  if (!continueOnFailure || !isOstlerError(error) || !ofPrograms.includes(error.code)) throw error;
  return { exitCode: 1, output: '', problem: toErrorBody(error).message };
}
