/** Errors of the area: distribution points. */
import type { ErrorEntry } from './entry.ts';

export const distributionPointErrors = {
  ENROLMENT_REFUSED: {
    status: 403,
    text: 'The ticket does not enrol a distribution point: it was used, replaced, or is too old.',
    hint: 'Make another one: ostler distribution-point ticket NAME --file FILE',
  },
  CERTIFICATE_REQUEST_INVALID: { status: 422, text: 'The request for a certificate cannot be used: {problem}.' },
  CERTIFICATE_NOT_ISSUABLE: {
    status: 409,
    text: 'This site cannot issue a certificate for a distribution point: it has a certificate of your own, and not the key of the CA.',
    hint: 'Distribution points need the site’s own CA: leave certificateFile, keyFile and caFile out.',
  },
  DISTRIBUTION_POINT_NOT_ENROLLED: {
    status: 409,
    text: 'The folder {path} is not that of an enrolled distribution point.',
    hint: 'Give its ticket: ostler distribution-point serve --ticket-file FILE. The site makes one with: ostler distribution-point ticket NAME --file FILE',
  },
  DISTRIBUTION_POINT_REFUSED: {
    status: 403,
    text: 'The site {url} does not know this distribution point any more.',
    hint: 'It was revoked or deleted. To enrol it again, give --ticket-file with a new ticket.',
  },
  POINT_CONTENT_DAMAGED: {
    status: 500,
    text: 'Content in {path} is damaged: {pieces}.',
    hint: 'Let it be pulled again: ostler distribution-point validate NAME. Then look at the disk.',
  },
} as const satisfies Record<string, ErrorEntry>;
