/** The JSON Schema of a task sequence definition, for editors: completion, descriptions and errors while typing. */
import { z } from 'zod';
import { TaskSequenceDefinition } from './task-sequence.ts';

/** JSON Schema, draft 7: what editors for YAML and JSON understand best. Defaults may be left out, as in what people write. */
export function taskSequenceJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(TaskSequenceDefinition, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return {
    ...schema,
    title: 'Ostler task sequence',
    properties: { $schema: { type: 'string', description: 'Where this schema is; only editors read it.' }, ...schema.properties },
  };
}
