/** What can be said of a definition before it runs anywhere: what is wrong with it, and what it may be. Nothing is saved. */
import { taskSequenceJsonSchema } from '@ostler/contract';
import { taskSequenceWarnings, validateTaskSequence, type Problem } from '@ostler/task-sequence';
import type { HandlersOf } from '../http/handlers.ts';
import { siteLookups, type SiteKnowledge } from './site-lookups.ts';

type PreviewCalls = 'taskSequences.validate' | 'taskSequences.schema';

export function previewHandlers({ sql, catalogue }: Omit<SiteKnowledge, 'id'>): Pick<HandlersOf<'taskSequences'>, PreviewCalls> {
  return {
    'taskSequences.validate': async ({ body }) => {
      const lookups = await siteLookups(body, { sql, catalogue, id: null });
      const problems = validateTaskSequence(body, lookups).map(asWritable);
      return { problems, warnings: taskSequenceWarnings(body, lookups).map(asWritable) };
    },
    'taskSequences.schema': () => Promise.resolve({ ...taskSequenceJsonSchema() }),
  };
}

function asWritable({ path, where, problem }: Problem) {
  return { path: [...path], where, problem };
}
