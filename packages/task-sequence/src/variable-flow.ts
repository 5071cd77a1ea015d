/** Which variables the steps of a definition set and which they need: read from the options as they are written. Pure. */
import type { Condition, Step, StepOptions, StepType } from '@ostler/contract';

/** The variables that a step sets when it has run; a script may set any other. Those of the engine's own, which begin with _, are not here. */
const written: { readonly [T in StepType]?: (options: StepOptions<T>) => readonly (string | undefined)[] } = {
  'set-task-sequence-variable': ({ variable }) => [variable],
  'set-dynamic-variables': ({ rules }) => rules.flatMap(({ variables }) => variables.map(({ name }) => name)),
  'run-command-line': ({ outputVariable, commandLine }) => [outputVariable, ...setByText(commandLine)],
  'run-script': ({ outputVariable, source }) => [outputVariable, ...(source.kind === 'inline' ? setByText(source.script) : [])],
  'download-package-content': ({ packageIds, pathVariable }) =>
    pathVariable === undefined ? [] : packageIds.map((_, order) => `${pathVariable}${String(order + 1).padStart(2, '0')}`),
  'format-and-partition-disk': ({ partitions }) => partitions.map(({ variable }) => variable),
  'capture-os-settings': (options) => [
    ...(options.computerName ? ['OSDComputerName'] : []),
    ...(options.registeredUser ? ['OSDRegisteredUserName'] : []),
    ...(options.timeZone ? ['OSDTimeZone'] : []),
    ...(options.locale ? ['OSDWindowsSettingsSystemLocale', 'OSDWindowsSettingsInputLocale'] : []),
  ],
  'capture-network-settings': ({ adapters, membership }) => [
    ...(adapters ? ['OSDAdapterCount', 'OSDDNSSuffixSearchOrder'] : []),
    ...(membership ? ['OSDDomainName'] : []),
  ],
  'capture-user-state': () => ['OSDStateStorePath'],
};

const tsenvSet = /\btsenv\s+set\s+(?:--secret\s+)?["']?(?<name>[A-Za-z][A-Za-z0-9_-]*)/g;

/** What a text for a shell sets by name: `tsenv set Colour blue`. Names that are made while it runs cannot be seen. */
function setByText(text: string): string[] {
  return [...text.matchAll(tsenvSet)].map((match) => match.groups?.['name'] ?? '');
}

/** The names of the variables that a step sets, as they are written there. */
export function variablesSetBy(step: Step): string[] {
  // Safe: the table has, for each type, a function of exactly this type's options.
  const names = written[step.type] as ((options: Step['options']) => readonly (string | undefined)[]) | undefined;
  return (names?.(step.options) ?? []).filter((name) => name !== undefined);
}

/** Scripts and programs may set any variable through `tsenv`. */
export function maySetAnything({ type }: Step): boolean {
  return type === 'run-command-line' || type === 'run-script' || type === 'install-package';
}

/** The variable that holds the partition a step writes to, where its destination is one. */
export function partitionVariableOf({ options }: Step): string | null {
  if (!('destination' in options) || typeof options.destination !== 'object') return null;
  return options.destination.kind === 'variable' ? options.destination.variable : null;
}

/** The names in `%name%` of the options that are expanded: the text of a script is run as it is. */
export function variablesUsedBy({ type, options }: Step): string[] {
  if (type !== 'run-script' || options.source.kind !== 'inline') return variablesIn(options);
  const { source: _asItIs, ...expanded } = options;
  return variablesIn(expanded);
}

const reference = /%(?<name>[A-Za-z_][A-Za-z0-9_-]*)%/g;

/** The names in `%name%` of every text in a value. */
export function variablesIn(value: unknown): string[] {
  return [...JSON.stringify(value ?? null).matchAll(reference)].map((match) => match.groups?.['name'] ?? '');
}

/** The variables that a condition asks for, and those in its texts. */
export function variablesOfCondition(condition: Condition | undefined): string[] {
  if (condition === undefined) return [];
  const own: string[] = [];
  const visit = (part: Condition): void => {
    if ('all' in part) part.all.forEach(visit);
    else if ('any' in part) part.any.forEach(visit);
    else if ('none' in part) part.none.forEach(visit);
    else if ('variable' in part) own.push(part.variable);
  };
  visit(condition);
  return [...own, ...variablesIn(condition)];
}
