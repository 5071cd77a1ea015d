/** Conditions by a WMI query. The query is not expanded: `%` is a sign of its own there. */
import { isOstlerError, type WmiClassName } from '@ostler/contract';
import { anyOf, whereHolds, type ValueOf } from '../wql/where-holds.ts';
import { parseWql } from '../wql/parse-wql.ts';
import type { WqlQuery } from '../wql/query.ts';
import { wmiClassOf } from '../wql/wmi-class-of.ts';
import type { WmiValue } from '../facts.ts';
import type { ConditionKind } from './kind.ts';
import { knownInstances } from './known-instances.ts';

interface Question {
  readonly className: WmiClassName;
  readonly query: WqlQuery;
}

export const wmiKind: ConditionKind<'wmi'> = {
  holds: async (condition, { facts }) => {
    const { className, query } = questionOf(condition);
    const instances = await facts.wmiInstances(className);
    return instances.some((instance) => whereHolds(query.where, propertyOf(instance)) === true);
  },
  known: (condition, { device }) => {
    const { className, query } = questionOf(condition);
    const instances = device === null ? undefined : knownInstances(className, device);
    const verdict = instances && anyOf(instances.map((instance) => whereHolds(query.where, propertyOf(instance))));
    if (verdict !== undefined) return { verdict, reason: `the query finds ${verdict ? 'something' : 'nothing'} in the known hardware` };
    const missing = device === null ? 'the computer has never said what it is' : `${className} is known only on the computer, or in part`;
    return { verdict: 'unknown', reason: missing };
  },
  describe: ({ wmi }) => `the query ${wmi} finds anything`,
  problems: (condition) => {
    try {
      questionOf(condition);
      return [];
    } catch (thrown) {
      if (isOstlerError(thrown)) return [thrown.message];
      throw thrown;
    }
  },
};

function questionOf({ wmi, namespace }: { readonly wmi: string; readonly namespace?: string | undefined }): Question {
  const query = parseWql(wmi);
  return { className: wmiClassOf(wmi, query, namespace), query };
}

/** Properties have no case. */
function propertyOf(instance: Readonly<Record<string, WmiValue>>): ValueOf {
  const values = new Map(Object.entries(instance).map(([name, value]) => [name.toLowerCase(), value]));
  return (property) => values.get(property.toLowerCase());
}
