/** The task sequence engine by itself: how long 5,000 steps take to validate, and what the engine adds to each step that runs. */
import { TaskSequenceDefinition, type EngineState } from '@ostler/contract';
import { runTaskSequence, taskSequenceWarnings, validateTaskSequence, type ConditionFacts, type EnginePort } from '@ostler/task-sequence';
import { median, timeMs, type Row } from './measure.ts';

const stepCount = 5000;
const rowsOf = { validation: '< 300 ms', overhead: '< 2 ms' } as const;

export async function measureEngine(rounds: number, signal: AbortSignal): Promise<Row[]> {
  const definition = manySteps();
  const validations: number[] = [];
  const runs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    validations.push(await timeMs(() => validate(definition)));
    runs.push(await timeMs(async () => run(definition, signal)));
  }
  return [
    row('validation of 5,000 steps', `${median(validations).toFixed(0)} ms`, rowsOf.validation),
    row('engine, for each of 5,000 steps', `${(median(runs) / stepCount).toFixed(2)} ms`, rowsOf.overhead),
  ];
}

function row(what: string, ours: string, expected: string): Row {
  return { what, against: '–', ours, theirs: '–', ratio: null, expected, bound: 'one core' };
}

/** Fifty groups of a hundred steps, each with a condition, text that is expanded, and an unknown variable. */
function manySteps(): TaskSequenceDefinition {
  const condition = { variable: 'Go', operator: 'equals', value: '1' };
  const step = (_: unknown, index: number) => ({
    type: 'run-command-line',
    name: `Step ${index}`,
    condition,
    options: { commandLine: `echo %Go% %Unknown${index}%` },
  });
  const group = (_: unknown, index: number) => ({ type: 'group', name: `Group ${index}`, steps: Array.from({ length: 100 }, step) });
  return TaskSequenceDefinition.parse({
    name: 'Many',
    variables: { Go: '1' },
    maximumRunTimeMinutes: 0,
    steps: Array.from({ length: 50 }, group),
  });
}

async function validate(definition: TaskSequenceDefinition): Promise<void> {
  const lookups = { imageIndexes: () => [1], hasPackage: () => true, hasApplication: () => true };
  if (validateTaskSequence(definition, lookups).length > 0) throw new Error('The sequence has problems.');
  if (taskSequenceWarnings(definition, lookups).length !== stepCount) throw new Error('The sequence has other warnings.');
}

async function run(definition: TaskSequenceDefinition, signal: AbortSignal): Promise<void> {
  const options = { variables: [], journal: null, environment: 'boot-image', maxUnexpectedRestarts: 1 } as const;
  const variables = [{ name: 'Go', value: '1', secret: false }];
  const outcome = await runTaskSequence(definition, { ...options, variables }, new IdleMachine(), signal);
  if (outcome.kind !== 'succeeded') throw new Error('The sequence failed.');
}

/** Every step is over at once; the state is written down as it would be for the network. */
class IdleMachine implements EnginePort {
  writtenBytes = 0;
  readonly runStep = () => Promise.resolve({ exitCode: 0, output: '' });
  readonly saveState = (state: EngineState) => {
    this.writtenBytes += JSON.stringify(state.variables).length;
    return Promise.resolve();
  };
  readonly conditionFacts = () => ({}) as ConditionFacts;
  readonly report = () => undefined;
  readonly cancelRequested = () => false;
  readonly pauseRequested = () => false;
  readonly untilContinued = () => Promise.resolve();
  readonly wait = () => Promise.resolve();
  readonly timeout = () => new AbortController().signal;
  readonly now = () => Date.now();
  readonly elapsed = () => performance.now();
  readonly seal = (value: string) => Promise.resolve(value);
  readonly unseal = (sealed: string) => Promise.resolve(sealed);
  readonly fetchSecret = () => Promise.resolve('');
}
