/** Errors of the area: reports. */
import type { ErrorEntry } from './entry.ts';

export const reportErrors = {
  REPORT_PARAMETER_MISSING: {
    status: 400,
    text: 'The report {name} needs the parameter {parameter}.',
    hint: '`ostler report list` has the parameters of each report.',
  },
  REPORT_PARAMETER_UNKNOWN: {
    status: 400,
    text: 'The report {name} has no parameter {parameter}.',
    hint: '`ostler report list` has the parameters of each report.',
  },
} as const satisfies Record<string, ErrorEntry>;
