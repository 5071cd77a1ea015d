/** Errors of the area: boundaries, boundary groups. */
import type { ErrorEntry } from './entry.ts';

export const boundaryErrors = {
  BOUNDARY_INVALID: {
    status: 422,
    text: '{addresses} is not a boundary: {problem}.',
    hint: 'Give a subnet such as 10.1.0.0/16 or 2001:db8:1::/48, or a range such as 10.1.2.10-10.1.2.99.',
  },
  BOUNDARY_GROUP_ITSELF: { status: 422, text: 'The boundary group {name} cannot be its own neighbour.', hint: 'Choose another group.' },
} as const satisfies Record<string, ErrorEntry>;
