/** Every kind of condition. A kind of the contract that is missing here does not compile. */
import { conditionKind, type ConditionKindName, type SingleCondition } from '@ostler/contract';
import type { ConditionWorld } from '../facts.ts';
import { fileKind, folderKind } from './file-and-folder.ts';
import type { ConditionKind, Known, KnownWorld } from './kind.ts';
import { operatingSystemKind, operatingSystemLanguageKind } from './operating-system.ts';
import { registryKind } from './registry.ts';
import { softwareKind } from './software.ts';
import { variableKind } from './variable.ts';
import { wmiKind } from './wmi.ts';

const kinds: { readonly [K in ConditionKindName]: ConditionKind<K> } = {
  variable: variableKind,
  file: fileKind,
  folder: folderKind,
  operatingSystem: operatingSystemKind,
  operatingSystemLanguage: operatingSystemLanguageKind,
  registry: registryKind,
  software: softwareKind,
  wmi: wmiKind,
};

/** The kind's side of any single condition. */
interface AnyKind {
  holds(condition: SingleCondition, world: ConditionWorld): Promise<boolean>;
  known(condition: SingleCondition, world: KnownWorld): Known;
  describe(condition: SingleCondition): string;
  problems(condition: SingleCondition): readonly string[];
}

export function kindOf(condition: SingleCondition): AnyKind {
  // The table has, for each kind, what takes exactly this kind's condition.
  return kinds[conditionKind(condition)];
}
