/**
 * Import of task sequences of Configuration Manager (exported XML and zip) and MDT (ts.xml). What has a counterpart arrives as that;
 * the rest as disabled steps that keep their original text; what became of each step is in the report. No password is in either.
 */
import {
  Condition,
  Node,
  TaskSequenceDefinition,
  VariableName,
  VariableValue,
  type ImportDecision,
  type ImportTaskSequence,
  type NodePath,
  type Step,
} from '@ostler/contract';
import { importCondition, type ImportedCondition } from './conditions.ts';
import type { Conversion, Conversions, Convert } from './draft.ts';
import { diskAndImageSteps } from './disk-and-image-steps.ts';
import { generalSteps } from './general-steps.ts';
import { mdtSteps, withoutCounterpart } from './mdt-steps.ts';
import { childrenNamed, originalStep, type OriginalStep } from './original.ts';
import { createSecretFilter, isSecretName, type SecretFilter } from './secrets.ts';
import { scriptAndCheckSteps } from './script-and-check-steps.ts';
import { settingsSteps } from './settings-steps.ts';
import { findSequence } from './source.ts';
import { stateAndApplicationSteps } from './state-and-application-steps.ts';
import { windowsSteps } from './windows-steps.ts';
import { formatXml, type XmlElement } from './xml.ts';

export interface ImportResult {
  readonly definition: TaskSequenceDefinition;
  readonly decisions: ImportDecision[];
}

export type ImportOptions = Pick<ImportTaskSequence, 'fileName' | 'references'> & Partial<Pick<ImportTaskSequence, 'name' | 'sequence'>>;

const converts: Readonly<Record<string, Convert>> = {
  ...generalSteps,
  ...scriptAndCheckSteps,
  ...diskAndImageSteps,
  ...settingsSteps,
  ...windowsSteps,
  ...stateAndApplicationSteps,
  ...mdtSteps,
};
/** Room for the longest text of a step, see the contract. */
const longestOriginalText = 200_000;

/** @throws OstlerError SEQUENCE_IMPORT_INVALID, SEQUENCE_IMPORT_AMBIGUOUS */
export async function importTaskSequence(bytes: Uint8Array, options: ImportOptions): Promise<ImportResult> {
  const source = await findSequence({ fileName: options.fileName, bytes, sequence: options.sequence });
  const running = new SequenceImport(createSecretFilter(source.sequence), options);
  const name = options.name ?? running.nameOf(source.name, 'Imported task sequence');
  const definition = TaskSequenceDefinition.parse({
    name,
    description: running.clean(source.description).slice(0, 2000),
    variables: running.variablesOf(source.sequence),
    steps: running.nodesOf(source.sequence, { names: [], path: [] }),
  });
  return { definition, decisions: running.decisions };
}

interface Where {
  /** On the way to a node. */
  readonly names: readonly string[];
  readonly path: NodePath;
}
/** What every group and step has. */
type Common = Pick<Step, 'name' | 'description' | 'enabled' | 'continueOnError'> & { readonly condition: Condition | undefined };

class SequenceImport {
  readonly decisions: ImportDecision[] = [];
  readonly #secrets: SecretFilter;
  readonly #site: Conversions;

  constructor(secrets: SecretFilter, { references }: Pick<ImportOptions, 'references'>) {
    this.#secrets = secrets;
    const known = new Map(Object.entries(references).map(([original, id]) => [original.toLowerCase(), id]));
    this.#site = {
      reference: (kind, originalId) => {
        const id = known.get(originalId.toLowerCase());
        if (id !== undefined) return { id, obstacles: [] };
        const obstacles = [`nothing here stands for the ${kind} ${originalId}: choose one, or import again and say which`];
        return {
          id: `imported-${
            originalId
              .toLowerCase()
              .match(/[a-z0-9]+/g)
              ?.join('-') ?? ''
          }`.slice(0, 64),
          obstacles,
        };
      },
    };
  }

  clean(text: string): string {
    return this.#secrets.clean(text);
  }

  /** One line of at most 100 characters. */
  nameOf(text: string, otherwise: string): string {
    const cleaned = this.clean(text)
      .replaceAll(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, 100)
      .trim();
    return cleaned === '' ? otherwise : cleaned;
  }

  /** The variables that the sequence begins with; secrets stay behind. */
  variablesOf(sequence: XmlElement): Record<string, string> {
    const variables = childrenNamed(sequence, 'globalVarList').flatMap(({ children }) => children);
    const kept: Record<string, string> = {};
    for (const { attributes, text } of variables) {
      const name = attributes['name'] ?? '';
      const value = text.trim();
      if (value === '') continue;
      const problem = variableProblem(name, value);
      if (problem === undefined) kept[name] = this.clean(value);
      const notes = problem === undefined ? [name] : [`${name}: ${problem}`];
      this.#decide({ names: [], path: [] }, 'variable', 'variable', notes, problem === undefined ? 'kept' : 'disabled');
    }
    return kept;
  }

  nodesOf(parent: XmlElement, { names, path }: Where): Node[] {
    const nodes = parent.children.filter(({ name }) => ['group', 'step', 'subtasksequence'].includes(name));
    return nodes.map((element, index) => {
      const where = { names, path: [...path, index] };
      return element.name === 'group' ? this.#group(element, where) : this.#step(originalStep(element), where);
    });
  }

  #group(element: XmlElement, { names, path }: Where): Node {
    const imported = importCondition(element);
    const common = this.#common(element, 'Group', imported);
    const inside = { names: [...names, common.name], path };
    const obstacles = obstaclesOf(imported);
    this.#decide(inside, 'group', 'group', obstacles, obstacles.length > 0 && common.enabled ? 'disabled' : 'kept');
    return { type: 'group', ...common, enabled: common.enabled && obstacles.length === 0, steps: this.nodesOf(element, inside) };
  }

  #step(original: OriginalStep, { names, path }: Where): Node {
    const { element, type } = original;
    const imported = importCondition(element);
    const common = this.#common(element, type, imported);
    const where = { names: [...names, common.name], path };
    const converted = converts[type]?.(original, this.#site);
    const finished = converted && this.#finished(common, original, converted, obstaclesOf(imported));
    if (finished === undefined) {
      this.#decide(
        where,
        type,
        'imported-step',
        [withoutCounterpart[type] ?? `${type} has no counterpart here; its text is kept`, ...obstaclesOf(imported)],
        'disabled',
      );
      return this.#placeholder(common, original);
    }
    this.#decide(where, type, finished.step.type, finished.notes, finished.decision);
    return finished.step;
  }

  /** The step with what is to be said about it, or undefined where its options do not fit. */
  #finished(common: Common, original: OriginalStep, converted: Conversion, conditionObstacles: readonly string[]) {
    const obstacles = [...conditionObstacles, ...(converted.obstacles ?? []), ...this.#passwordNote(converted)];
    const environment = environmentCondition(original, converted);
    const step = this.#checked(common, original, converted, obstacles.length > 0, environment.condition);
    if (step === undefined) return undefined;
    const notes = [...obstacles, ...(converted.notes ?? []), ...environment.notes];
    const changed = notes.length > 0 ? 'changed' : 'kept';
    const decision: ImportDecision['decision'] = obstacles.length > 0 && common.enabled ? 'disabled' : changed;
    return { step, notes, decision };
  }

  #passwordNote({ draft }: Conversion): string[] {
    const text = JSON.stringify(draft.options);
    const cleaned = JSON.stringify(this.#secrets.cleanValue(JSON.parse(text)));
    return text === cleaned ? [] : ['it held a password, which was taken out: use a secret variable in its place'];
  }

  /** The step as the contract has it, or undefined where its options do not fit. */
  #checked(
    common: Common,
    { element, type }: OriginalStep,
    { draft }: Conversion,
    hasObstacle: boolean,
    environment: Condition | undefined,
  ): Step | undefined {
    const conditions = [environment, common.condition].filter((each) => each !== undefined);
    const codes = type === 'SMS_TaskSequence_RunCommandLineAction' ? successCodes(element) : [];
    const parsed = Node.safeParse({
      ...common,
      enabled: common.enabled && !hasObstacle,
      condition: conditions.length > 1 ? { all: conditions } : conditions[0],
      ...(codes.length > 0 ? { successCodes: codes } : {}),
      timeoutMinutes: timeoutMinutes(element),
      type: draft.type,
      options: this.#secrets.cleanValue(draft.options),
    });
    return parsed.success && parsed.data.type !== 'group' ? parsed.data : undefined;
  }

  #placeholder(common: Common, { element, type }: OriginalStep): Node {
    const originalText = formatXml(this.#secrets.cleanElement(element)).slice(0, longestOriginalText);
    const options = { originalType: type.slice(0, 255), originalText };
    return Node.parse({ ...common, enabled: false, type: 'imported-step', options });
  }

  #common({ attributes }: XmlElement, otherwise: string, { condition }: ImportedCondition): Common {
    return {
      name: this.nameOf(attributes['name'] ?? '', otherwise),
      description: this.clean(attributes['description'] ?? '').slice(0, 255),
      enabled: attributes['disable']?.toLowerCase() !== 'true',
      continueOnError: attributes['continueOnError']?.toLowerCase() === 'true',
      condition: condition === undefined ? undefined : Condition.parse(this.#secrets.cleanValue(condition)),
    };
  }

  #decide(
    { names, path }: Where,
    originalType: string,
    becomes: string,
    notes: readonly string[],
    decision: ImportDecision['decision'],
  ): void {
    const where = names.join(' › ');
    this.decisions.push({ path: [...path], where, originalType, becomes, decision, notes: notes.map((note) => this.clean(note)) });
  }
}

function obstaclesOf({ problems }: ImportedCondition): string[] {
  return problems.map((problem) => `${problem} has no counterpart here`);
}

function variableProblem(name: string, value: string): string | undefined {
  if (isSecretName(name)) return 'its value is a secret and is not imported';
  if (!VariableName.safeParse(name).success) return 'is not a name of a variable here';
  if (name.startsWith('_')) return 'is read-only: the engine sets it';
  return VariableValue.safeParse(value).success ? undefined : 'its value is too long';
}

/** A command line that runs in one environment only is skipped in the other: here that is a condition. */
function environmentCondition({ element }: OriginalStep, converted: Conversion | undefined) {
  const runIn = element.attributes['runIn'];
  const onlyIn = runIn === 'WinPE' || runIn === 'FullOS' ? runIn : undefined;
  if (converted?.draft.type !== 'run-command-line' || onlyIn === undefined) return { condition: undefined, notes: [] };
  const condition = { variable: '_SMSTSInWinPE', operator: 'equals', value: String(onlyIn === 'WinPE') } as const;
  return {
    condition,
    notes: [`it runs in the ${onlyIn === 'WinPE' ? 'boot environment' : 'installed system'} only: that is a condition now`],
  };
}

function successCodes({ attributes }: XmlElement): number[] {
  const codes = (attributes['successCodeList'] ?? '').split(/\s+/).filter((code) => /^-?\d+$/.test(code));
  return codes.map(Number);
}

/** The other product counts seconds. */
function timeoutMinutes({ attributes }: XmlElement): number {
  const seconds = Number(attributes['timeout'] ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(999, Math.ceil(seconds / 60)) : 0;
}
