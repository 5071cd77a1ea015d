/** Checking a query against the WMI classes that are known. */
import { OstlerError, wmiClasses, wmiClassNames, wmiNamespaces, type WmiClassName } from '@ostler/contract';
import type { PropertyName, WqlExpression, WqlQuery } from './query.ts';
import { wqlProblem } from './tokens.ts';

/**
 * The class that a query asks, with every property that it names checked.
 * @throws OstlerError WQL_INVALID naming what is known
 */
export function wmiClassOf(text: string, query: WqlQuery, namespace: string | undefined): WmiClassName {
  const wantedNamespace = (namespace ?? wmiNamespaces.cimv2).replaceAll('/', '\\').replace(/^\\\\\.\\/, '');
  const inNamespace = wmiClassNames().filter((each) => same(wmiClasses[each].namespace, wantedNamespace));
  if (inNamespace.length === 0) {
    throw new OstlerError('WMI_NAMESPACE_UNKNOWN', { namespace: wantedNamespace, known: Object.values(wmiNamespaces).join(', ') });
  }
  const { className } = query;
  const found = inNamespace.find((each) => same(each, className.name));
  if (found === undefined)
    throw wqlProblem(text, className.position, `there is no class ${className.name} here; known are ${inNamespace.join(', ')}`);
  const properties: readonly string[] = wmiClasses[found].properties;
  for (const { name, position } of [...(query.properties ?? []), ...propertiesOf(query.where)]) {
    if (properties.some((each) => same(each, name))) continue;
    throw wqlProblem(text, position, `${found} has no property ${name} here; known are ${properties.join(', ')}`);
  }
  return found;
}

function propertiesOf(where: WqlExpression | null): PropertyName[] {
  if (where === null) return [];
  if ('parts' in where) return where.parts.flatMap(propertiesOf);
  return 'part' in where ? propertiesOf(where.part) : [where.property];
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
