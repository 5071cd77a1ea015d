/** Errors of the area: when something happens. */
import type { ErrorEntry } from './entry.ts';

export const scheduleErrors = {
  RECURRENCE_INVALID: {
    status: 422,
    text: 'The recurrence rule {rule} cannot be used: {problem}.',
    hint: 'Give a rule such as FREQ=WEEKLY;BYDAY=SA or FREQ=MONTHLY;BYDAY=2TU (RFC 5545).',
  },
  DEPLOYMENT_SCHEDULE_INVALID: {
    status: 422,
    text: 'The deployment of {name} cannot have these times: {problem}.',
    hint: 'The order is available, deadline, expiry; a deadline and what belongs to it are for required deployments.',
  },
} as const satisfies Record<string, ErrorEntry>;
