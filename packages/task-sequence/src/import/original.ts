/** One step, group or child sequence of the other product, with its values by property name. */
import type { XmlElement } from './xml.ts';

export interface OriginalStep {
  readonly element: XmlElement;
  /** `SMS_TaskSequence_…`, `BDD_…`; a step of MDT without a type is a command line. */
  readonly type: string;
  /** The command that the other product starts for it. */
  readonly action: string;
  /** The value of a property, trimmed; empty when it is not there. The case of names does not matter. */
  value(property: string): string;
  isTrue(property: string): boolean;
}

const commandLineType = 'SMS_TaskSequence_RunCommandLineAction';

export function originalStep(element: XmlElement): OriginalStep {
  const values = new Map<string, string>();
  for (const { attributes, text } of childrenNamed(element, 'defaultVarList').flatMap((list) => list.children)) {
    for (const key of [attributes['name'], attributes['property']]) if (key !== undefined) values.set(key.toLowerCase(), text.trim());
  }
  const value = (property: string): string => values.get(property.toLowerCase()) ?? '';
  return {
    element,
    type: element.attributes['type'] ?? (element.name === 'subtasksequence' ? 'SMS_TaskSequence_SubTasksequence' : commandLineType),
    action: childrenNamed(element, 'action')
      .map(({ text }) => text.trim())
      .join(' '),
    value,
    isTrue: (property) => value(property).toLowerCase() === 'true',
  };
}

export function childrenNamed({ children }: XmlElement, name: string): XmlElement[] {
  return children.filter((child) => child.name === name);
}

/** The value of one `<variable name="…">` of a condition. */
export function variableOf(element: XmlElement, name: string): string | undefined {
  return childrenNamed(element, 'variable')
    .find(({ attributes }) => attributes['name']?.toLowerCase() === name.toLowerCase())
    ?.text.trim();
}
