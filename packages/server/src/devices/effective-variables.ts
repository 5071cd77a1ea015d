/** Which variables of a device and its collections win: by rising priority of the collections, then the device's own (feature map §3.1). */
import type { Device, EffectiveVariable, VariableSource } from '@ostler/contract';
import { collectionsOf } from '../collections/store.ts';
import type { Queries } from './store.ts';
import { listVariables } from './variables-store.ts';

/** By name. How a variable is asked for is said by the last one that says it. */
export async function effectiveVariables(sql: Queries, device: Pick<Device, 'id' | 'name' | 'state'>): Promise<EffectiveVariable[]> {
  const merged = new Map<string, EffectiveVariable>();
  for (const source of await sourcesOf(sql, device)) {
    for (const variable of await listVariables(sql, { kind: source.kind, id: source.id })) {
      const key = variable.name.toLowerCase();
      const before = merged.get(key);
      const overrides = before === undefined ? [] : [...before.overrides, before.source];
      merged.set(key, { ...variable, question: variable.question ?? before?.question ?? null, source, overrides });
    }
  }
  return [...merged].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, variable]) => variable);
}

/** A computer that is not known has no variables of its own. */
async function sourcesOf(sql: Queries, { id, name, state }: Pick<Device, 'id' | 'name' | 'state'>): Promise<VariableSource[]> {
  const collections = await collectionsOf(sql, { id, state });
  const ofCollections = collections.map((each): VariableSource => ({ kind: 'collection', id: each.id, name: each.name }));
  return state === 'unknown' ? ofCollections : [...ofCollections, { kind: 'device', id, name }];
}
