/**
 * Install Application: a list of applications in their order, each after what it depends on. What is there already is left out, so the step
 * can be repeated: after a restart that one of them asks for, it goes on with those that are still missing.
 */
import { OstlerError, type Application, type StepOptions } from '@ostler/contract';
import { conditionHolds, installOrder, type StepResult } from '@ostler/task-sequence';
import { numberedValues } from './base-variable.ts';
import { installContent } from './install-content.ts';
import { isTrue } from './run-command-line.ts';
import { runProgram } from './run-program.ts';
import { packageOf, succeeded, type StepContext, type StepHandler } from './step-context.ts';

type Verdict = 'installed' | 'already there' | 'superseded' | 'requirements not met' | 'failed';
interface Attempt {
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** Asked for a restart, and can be found afterwards. */
  readonly restart: 'none' | 'at-the-end' | 'now';
}

const restartCode = 3010;

export const installApplication: StepHandler<'install-application'> = async (options, context) => {
  const { variables, assignment } = context;
  variables.set('_TSAppInstallStatus', 'Undefined');
  const wanted = wantedIds(options, context);
  if (wanted.length === 0) return succeeded(`${options.baseVariable}01 is not set: there is nothing to install.`, { applications: 0 });
  const ordered = installOrder(wanted, assignment.applications);
  const attempts: Attempt[] = [];
  for (const [number, application] of ordered.entries()) {
    context.report({ activity: `Installing ${application.name}`, done: number, total: ordered.length, unit: 'steps' }, null);
    const attempt = await attemptApplication(application, context);
    context.log.info({ application: application.name, verdict: attempt.verdict, detail: attempt.detail }, 'an application was looked at');
    attempts.push(attempt);
    const isLast = number === ordered.length - 1;
    if (attempt.restart === 'now' && !isLast) return restartAndGoOn(attempts, context);
    if (attempt.verdict === 'failed' && !options.continueOnFailure) break;
  }
  return conclude(attempts, context);
};

/** @throws OstlerError ASSIGNMENT_INCOMPLETE where a variable names an application that is not there or not allowed in lists */
function wantedIds(
  { applicationIds, baseVariable }: StepOptions<'install-application'>,
  { variables, assignment }: StepContext,
): readonly string[] {
  if (baseVariable === undefined) return applicationIds;
  return numberedValues(variables, baseVariable, 2).map((name) => {
    const found = assignment.applications.find((each) => each.name === name && each.allowedInLists);
    if (found === undefined) throw new OstlerError('ASSIGNMENT_INCOMPLETE', { kind: 'application', id: name });
    return found.id;
  });
}

async function attemptApplication(application: Application, context: StepContext): Promise<Attempt> {
  const { name, requirements } = application;
  const end = (verdict: Verdict, detail = '', restart: Attempt['restart'] = 'none'): Attempt => ({ name, verdict, detail, restart });
  if (await isInstalled(application, context)) return end('already there');
  const successor = await installedSuccessor(application, context);
  if (successor !== null) return end('superseded', `by ${successor}`);
  const world = { variables: context.variables, facts: context.conditionFacts };
  if (!(await conditionHolds(requirements, world))) return end('requirements not met');
  for (const { applicationId, uninstall } of application.supersedes) if (uninstall) await removeSuperseded(applicationId, context);
  const argumentText = context.variables.expand(application.arguments);
  const { exitCode, output } = await installContent({ found: packageOf(context, application.packageId), argumentText }, context);
  if (!application.successCodes.includes(exitCode)) return end('failed', `exit code ${exitCode}: ${output.slice(-500)}`);
  const restarts = exitCode === restartCode;
  if (!isDetectable(application)) return end('installed', '', restarts ? 'at-the-end' : 'none');
  // Some are found only once the computer has restarted.
  if (restarts) return end('installed', 'a restart is needed', 'now');
  return (await isInstalled(application, context))
    ? end('installed')
    : end('failed', 'it was installed, but its detection does not find it');
}

function isDetectable({ detection, detectionCommand }: Application): boolean {
  return detection !== undefined || detectionCommand !== '';
}

async function isInstalled(application: Application, context: StepContext): Promise<boolean> {
  const { detection, detectionCommand } = application;
  if (!isDetectable(application)) return false;
  if (!(await conditionHolds(detection, { variables: context.variables, facts: context.conditionFacts }))) return false;
  if (detectionCommand === '') return true;
  const { exitCode } = await runProgram({ program: 'sh', args: ['-c', context.variables.expand(detectionCommand)], cwd: '/' }, context);
  return exitCode === 0;
}

async function installedSuccessor({ id }: Application, context: StepContext): Promise<string | null> {
  const successors = context.assignment.applications.filter(({ supersedes }) =>
    supersedes.some(({ applicationId }) => applicationId === id),
  );
  for (const each of successors) if (await isInstalled(each, context)) return each.name;
  return null;
}

/** @throws OstlerError UNINSTALL_FAILED */
async function removeSuperseded(applicationId: string, context: StepContext): Promise<void> {
  const old = context.assignment.applications.find(({ id }) => id === applicationId);
  if (old === undefined || !(await isInstalled(old, context))) return;
  context.log.info({ application: old.name }, 'removing a superseded application');
  const { exitCode, output } = await runProgram(
    { program: 'sh', args: ['-c', context.variables.expand(old.uninstallCommand)], cwd: '/' },
    context,
  );
  if (!old.successCodes.includes(exitCode))
    throw new OstlerError('UNINSTALL_FAILED', { application: old.name, exitCode, output: output.slice(-500) });
}

function restartAndGoOn(attempts: readonly Attempt[], { environment }: StepContext): StepResult {
  return { exitCode: 0, output: describe(attempts), restart: { target: environment, retryStep: true } };
}

/** _TSAppInstallStatus as feature map §3.2; with TSErrorOnWarning an application whose requirements are not met fails the step. */
function conclude(attempts: readonly Attempt[], { variables, environment }: StepContext): StepResult {
  const failed = attempts.filter(({ verdict }) => verdict === 'failed');
  const warned = attempts.filter(({ verdict }) => verdict === 'requirements not met');
  const status = failed.length > 0 ? 'Error' : warned.length > 0 ? 'Warning' : 'Success';
  variables.set('_TSAppInstallStatus', status);
  const bad = isTrue(variables.get('TSErrorOnWarning')) ? [...failed, ...warned] : failed;
  if (bad.length > 0) {
    const names = bad.map(({ name, verdict, detail }) => `${name} (${detail || verdict})`).join(', ');
    throw new OstlerError('INSTALLATION_FAILED', { kind: 'applications', names, total: attempts.length });
  }
  const restarts = attempts.some(({ restart }) => restart !== 'none');
  const facts = { applications: attempts.length };
  return { exitCode: 0, output: describe(attempts), facts, ...(restarts ? { restart: { target: environment } } : {}) };
}

function describe(attempts: readonly Attempt[]): string {
  return attempts.map(({ name, verdict, detail }) => `${name}: ${verdict}${detail === '' ? '' : ` (${detail})`}`).join('\n');
}
