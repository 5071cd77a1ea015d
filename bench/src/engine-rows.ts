/** The task sequence engine by itself: how long 5,000 steps take to validate and 2,000 of another product to import, and what the engine adds to each step that runs. */
import { TaskSequenceDefinition, type EngineState } from '@ostler/contract';
import { importTaskSequence, runTaskSequence, taskSequenceWarnings, validateTaskSequence } from '@ostler/task-sequence';
import { median, timeMs, type Row } from './measure.ts';
import { UndisturbedEnginePort } from './undisturbed-engine-port.ts';

const stepCount = 5000;
const importedStepCount = 2000;
const rowsOf = { validation: '< 300 ms', overhead: '< 2 ms', imported: '< 1 s' } as const;

export async function measureEngine(rounds: number, signal: AbortSignal): Promise<Row[]> {
  const definition = manySteps();
  const validations: number[] = [];
  const runs: number[] = [];
  const imports: number[] = [];
  const foreign = foreignSteps();
  for (let round = 0; round < rounds; round += 1) {
    validations.push(await timeMs(() => validate(definition)));
    runs.push(await timeMs(async () => run(definition, signal)));
    imports.push(await timeMs(async () => importForeign(foreign)));
  }
  return [
    row('validation of 5,000 steps', `${median(validations).toFixed(0)} ms`, rowsOf.validation),
    row('import of 2,000 steps of another product', `${median(imports).toFixed(0)} ms`, rowsOf.imported),
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

/** As Configuration Manager exports them: twenty groups of a hundred command lines, each with a condition of two parts. */
function foreignSteps(): Uint8Array {
  const part = (name: string): string =>
    `<expression type="SMS_TaskSequence_VariableConditionExpression"><variable name="Operator">equals</variable><variable name="Value">1</variable><variable name="Variable">${name}</variable></expression>`;
  const condition = `<condition><operator type="and">${part('A')}${part('B')}</operator></condition>`;
  const step = (_: unknown, index: number): string =>
    `<step type="SMS_TaskSequence_RunCommandLineAction" name="Step ${index}" successCodeList="0 3010"><action/>${condition}<defaultVarList><variable name="CommandLine" property="CommandLine">cmd /c ${'echo '.repeat(40)}</variable></defaultVarList></step>`;
  const group = (_: unknown, index: number): string => `<group name="Group ${index}">${Array.from({ length: 100 }, step).join('')}</group>`;
  const groups = Array.from({ length: importedStepCount / 100 }, group).join('');
  return new TextEncoder().encode(`<sequence version="3.10">${groups}</sequence>`);
}

async function importForeign(bytes: Uint8Array): Promise<void> {
  const { decisions } = await importTaskSequence(bytes, { fileName: 'bench.xml', references: {} });
  const kept = decisions.filter(({ becomes, decision }) => becomes === 'run-command-line' && decision === 'kept').length;
  if (kept !== importedStepCount) throw new Error('The import kept other steps.');
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
class IdleMachine extends UndisturbedEnginePort {
  writtenBytes = 0;
  readonly runStep = () => Promise.resolve({ exitCode: 0, output: '' });
  readonly saveState = (state: EngineState) => {
    this.writtenBytes += JSON.stringify(state.variables).length;
    return Promise.resolve();
  };
  readonly report = () => undefined;
}
