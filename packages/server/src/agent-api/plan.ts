/** What a deployment would be on a computer, before it begins; and the answers of the person there, checked and kept with the run. */
import {
  answerProblem,
  OstlerError,
  VariableQuestion,
  type AskedVariable,
  type DeploymentPlan,
  type Device,
  type TaskSequenceDefinition,
  type VariableAnswer,
} from '@ostler/contract';
import type { NamedDeployment } from '../deployments/store.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import { setVariable } from '../devices/variables-store.ts';
import { definitionToRun } from '../runs/definition-to-run.ts';
import { mergedVariables } from './assignment.ts';
import { neededContent, type ContentSources } from './needed-content.ts';

export interface PlanDependencies extends ContentSources {
  readonly seal: SecretSeal;
}

export async function planDeployment(
  sql: Queries,
  deployment: NamedDeployment,
  device: Pick<Device, 'id' | 'name'>,
  dependencies: PlanDependencies,
): Promise<DeploymentPlan> {
  const { sequence, definition } = await definitionToRun(sql, deployment);
  return {
    deploymentId: deployment.id,
    name: sequence.name,
    description: definition.description,
    purpose: deployment.purpose,
    deviceName: device.name,
    questions: await askedVariables(sql, { definition, deviceId: device.id }, dependencies.seal),
    content: await neededContent(definition, dependencies),
  };
}

/** Declared, and without a value: where it is declared last decides that; the nearest question says how to ask. */
async function askedVariables(
  sql: Queries,
  of: { readonly definition: TaskSequenceDefinition; readonly deviceId: string },
  seal: SecretSeal,
): Promise<AskedVariable[]> {
  const variables = await mergedVariables(sql, of, seal);
  return variables
    .filter(({ asked }) => asked)
    .map(({ name, secret, question }) => ({ ...(question ?? VariableQuestion.parse({})), name, secret }));
}

/** An optional question holds up nothing: nobody may be there to leave it empty. */
export function canBeginUnattended({ questions, content }: DeploymentPlan): boolean {
  return questions.every(({ optional }) => optional) && content.every(({ problem }) => problem === null);
}

/** @throws OstlerError DEPLOYMENT_INCOMPLETE, VARIABLE_ANSWER_REFUSED */
export function requireAnswered({ name, content, questions }: DeploymentPlan, answers: readonly VariableAnswer[]): void {
  const missing = content.filter(({ problem }) => problem !== null).map((each) => `the ${each.kind} ${each.name} ${each.problem}`);
  if (missing.length > 0) throw new OstlerError('DEPLOYMENT_INCOMPLETE', { name, missing: missing.join('; ') });
  for (const answer of answers) {
    if (!questions.some((asked) => isSameName(asked, answer))) throw refused(answer.name, 'is not asked for');
  }
  for (const asked of questions) {
    const problem = answerProblem(asked, answers.find((answer) => isSameName(asked, answer))?.value ?? '');
    if (problem !== null) throw refused(asked.name, problem);
  }
}

/** Call it after requireAnswered, in the transaction that begins the run. */
export async function keepAnswers(
  sql: Queries,
  runId: string,
  { questions, answers }: { readonly questions: readonly AskedVariable[]; readonly answers: readonly VariableAnswer[] },
  seal: SecretSeal,
): Promise<void> {
  for (const { name, secret } of questions) {
    const value = answers.find((answer) => isSameName(answer, { name }))?.value ?? '';
    if (value !== '') await setVariable(sql, { kind: 'run', id: runId }, { name, value, secret }, seal);
  }
}

function isSameName(a: { readonly name: string }, b: { readonly name: string }): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase();
}

function refused(variable: string, problem: string): OstlerError {
  return new OstlerError('VARIABLE_ANSWER_REFUSED', { variable, problem });
}
