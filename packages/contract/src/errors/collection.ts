/** Errors of collections: their rules, queries and evaluation. */
import type { ErrorEntry } from './entry.ts';

export const collectionErrors = {
  COLLECTION_BUILT_IN: { status: 409, text: 'The collection {name} is part of every site; its members follow from the devices.' },
  COLLECTION_CYCLE: {
    status: 409,
    text: 'The collection {name} would depend on itself: {cycle}.',
    hint: 'Change one of these rules or limiting collections first.',
  },
  COLLECTION_RULE_EXISTS: { status: 409, text: 'The collection {name} has this rule already.' },
  MAINTENANCE_WINDOW_BUILT_IN: {
    status: 409,
    text: 'The collection {name} has no maintenance windows: they would hold everything back.',
    hint: 'Make a collection with a query or an include rule, and give it the window.',
  },
  QUERY_INVALID: {
    status: 422,
    text: 'The query is not valid at line {line}, column {column}: {problem}: {excerpt}',
    hint: '`ostler collection explain DEVICE COLLECTION --document` shows everything that a query can ask of a computer; the guide shows how.',
  },
} as const satisfies Record<string, ErrorEntry>;
