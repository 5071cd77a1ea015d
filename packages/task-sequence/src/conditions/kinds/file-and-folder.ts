/** Conditions on files and folders. Times are compared in UTC; a file without a version is never as a version is wanted. */
import type { Comparison } from '@ostler/contract';
import { compareVersions, orderHolds } from '../compare.ts';
import { onlyOnTheComputer, type ConditionKind } from './kind.ts';
import { compared, joined } from './words.ts';

export const fileKind: ConditionKind<'file'> = {
  holds: async ({ file, version, modified }, { facts, variables }) => {
    const found = await facts.fileProperties(variables.expand(file));
    if (found === null || !timeHolds(modified, found.modifiedMs)) return false;
    if (version === undefined) return true;
    return found.version !== null && orderHolds(version.operator, compareVersions(found.version, variables.expand(version.value)));
  },
  known: onlyOnTheComputer('files are'),
  describe: ({ file, version, modified }) =>
    joined([`the file ${file} exists`, compared('its version', version), compared('its time', modified)]),
  problems: () => [],
};

export const folderKind: ConditionKind<'folder'> = {
  holds: async ({ folder, modified }, { facts, variables }) => {
    const found = await facts.folderProperties(variables.expand(folder));
    return found !== null && timeHolds(modified, found.modifiedMs);
  },
  known: onlyOnTheComputer('folders are'),
  describe: ({ folder, modified }) => joined([`the folder ${folder} exists`, compared('its time', modified)]),
  problems: () => [],
};

function timeHolds(wanted: { readonly operator: Comparison; readonly value: string } | undefined, actualMs: number): boolean {
  if (wanted === undefined) return true;
  // Whole seconds, as people write them: a file system keeps finer ones.
  return orderHolds(wanted.operator, Math.floor(actualMs / 1000) - Math.floor(Date.parse(wanted.value) / 1000));
}
