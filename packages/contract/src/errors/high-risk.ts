/** Errors of the area: the guard before deployments that begin without a person. */
import type { ErrorEntry } from './entry.ts';

export const highRiskErrors = {
  DEPLOYMENT_REFUSED: {
    status: 422,
    text: 'This would begin without a person, and is refused: {problem}.',
    hint: 'Take a smaller collection. The limits are settings of the site: --high-risk-maximum-size, --site-servers.',
  },
  DEPLOYMENT_NOT_CONFIRMED: {
    status: 409,
    text: 'This begins without a person, and is to be confirmed as "{confirm}": {reasons}.',
    hint: 'If that is meant, confirm it with the collection’s name and number of computers: --confirm "…".',
  },
} as const satisfies Record<string, ErrorEntry>;
