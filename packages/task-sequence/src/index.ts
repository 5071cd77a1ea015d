/** The task sequence engine: variables, conditions, control flow, resume, validation, templates, YAML. Pure. */
export { applicationClosure, installOrder, parseApplication, parsePackagePrograms } from './applications.ts';
export { assumedLookups } from './assumed-lookups.ts';
export { conditionHolds } from './conditions/condition-holds.ts';
export { conditionProblems, describeCondition, evaluateKnown } from './conditions/describe-condition.ts';
export type {
  ConditionFacts,
  ConditionWorld,
  FileProperties,
  FolderProperties,
  OperatingSystem,
  RegistryKey,
  RegistryValue,
  SoftwareQuestion,
  WmiInstance,
  WmiValue,
} from './conditions/facts.ts';
export { noFacts } from './conditions/no-facts.ts';
export type { Known, KnownWorld } from './conditions/kinds/kind.ts';
export { matchesPattern, wildcards } from './conditions/pattern.ts';
export { compareVersions } from './conditions/compare.ts';
export { debugNodes } from './debug-nodes.ts';
export { restartTargetOf } from './environment-flow.ts';
export { activeSteps, comparePaths, describePath, nodeAt, pathKey, placeOf, walkNodes, walkSteps } from './nodes.ts';
export {
  environmentNames,
  type DebugInstruction,
  type DebugStop,
  type EngineEvent,
  type EngineOutcome,
  type EnginePort,
  type RestartRequest,
  type StepContext,
  type StepResult,
} from './port.ts';
export type { RunOptions } from './run.ts';
export { runTaskSequence } from './run-task-sequence.ts';
export { assertSettable, longestValueChars, Variables, type InitialVariable, type VariableScope } from './variables.ts';
export { childIdsOf, expandChildren, type Expansion, type FindSequence } from './child-sequences.ts';
export { dryRun, type DryRunKnowledge, type DryStep } from './dry-run.ts';
export { hardwareVariables } from './hardware-variables.ts';
export { diffTaskSequences } from './diff/index.ts';
export { importTaskSequence, type ImportResult } from './import/import-task-sequence.ts';
export { disableProblems } from './import/disable-problems.ts';
export { generateTaskSequence, parseTemplateChoices } from './templates/index.ts';
export { programsOf, referencesOf, type References } from './references.ts';
export { knownVariables, type KnownVariable, type VariableKind } from './variable-table.ts';
export { taskSequenceWarnings, validateTaskSequence, type Lookups, type Problem } from './validate.ts';
export { formatTaskSequence, parseTaskSequence } from './yaml.ts';
