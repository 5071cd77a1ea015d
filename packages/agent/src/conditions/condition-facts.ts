/** What conditions ask of this computer (the port of packages/task-sequence), a file a kind of question. */
import { hostname, networkInterfaces } from 'node:os';
import { OstlerError } from '@ostler/contract';
import type { ConditionFacts, OperatingSystem, RegistryKey } from '@ostler/task-sequence';
import { fileProperties, folderProperties } from './file-properties.ts';
import { installedVersions } from './installed-software.ts';
import { operatingSystemOf } from './operating-system.ts';
import { withSystemTree, type SystemTreeSources } from './system-tree.ts';
import { WindowsRegistry } from './windows-registry.ts';
import { wmiInstances } from './wmi/instances.ts';

export function createConditionFacts(sources: SystemTreeSources): ConditionFacts {
  const { signal } = sources.port;
  const operatingSystem = async (): Promise<OperatingSystem | null> =>
    (await withSystemTree(sources, (tree) => operatingSystemOf(tree, signal)))?.result ?? null;
  return {
    fileProperties: (path) => fileProperties(path, sources),
    folderProperties: (path) => folderProperties(path, sources),
    operatingSystem,
    registryKey: (key) => registryKey(key, sources),
    installedVersions: async (question) =>
      (await withSystemTree(sources, (tree) => installedVersions(question, tree, signal)))?.result ?? [],
    wmiInstances: (className) => wmiInstances(className, { root: sources.root, hostName: hostname(), addresses, operatingSystem }),
  };
}

/** @throws OstlerError CONDITION_UNANSWERABLE where there is no Windows to look into */
async function registryKey(key: string, sources: SystemTreeSources): Promise<RegistryKey | null> {
  const question = `the registry key ${key}`;
  const looked = await withSystemTree(sources, ({ family, root }) => {
    if (family === 'windows') return new WindowsRegistry(root, sources.port.signal).key(key);
    throw new OstlerError('CONDITION_UNANSWERABLE', { question, problem: 'the operating system is Linux, which has no registry' });
  });
  if (looked !== null) return looked.result;
  throw new OstlerError('CONDITION_UNANSWERABLE', { question, problem: 'there is no Windows on the disks' });
}

/** The addresses of the network now, by adapter. */
function addresses(): ReadonlyMap<string, readonly string[]> {
  const byName = Object.entries(networkInterfaces());
  return new Map(byName.map(([name, all = []]) => [name, all.filter(({ internal }) => !internal).map(({ address }) => address)]));
}
