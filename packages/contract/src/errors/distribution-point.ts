/** Errors of the area: distribution points. */
import type { ErrorEntry } from './entry.ts';

export const distributionPointErrors = {
  ENROLMENT_REFUSED: {
    status: 403,
    text: 'The ticket does not enrol a distribution point: it was used, replaced, or is too old.',
    hint: 'Make another one: ostler distribution-point ticket NAME --ticket-file FILE',
  },
  CERTIFICATE_REQUEST_INVALID: { status: 422, text: 'The request for a certificate cannot be used: {problem}.' },
  CERTIFICATE_NOT_ISSUABLE: {
    status: 409,
    text: 'This site cannot issue a certificate for {name}: computers trust a CA of your own here, and the site does not have its key.',
    hint: 'Get a certificate for this name from the same CA, and start the distribution point with --certificate-file and --key-file, with the same ticket.',
  },
  DISTRIBUTION_POINT_NOT_ENROLLED: {
    status: 409,
    text: 'The folder {path} is not that of an enrolled distribution point.',
    hint: 'Give its ticket: ostler distribution-point serve --ticket-file FILE. The site makes one with: ostler distribution-point ticket NAME --ticket-file FILE',
  },
  DISTRIBUTION_POINT_REFUSED: {
    status: 403,
    text: 'The site {url} does not know this distribution point any more.',
    hint: 'It was revoked or deleted. To enrol it again, give --ticket-file with a new ticket.',
  },
  SITE_NOT_TRUSTED: {
    status: 502,
    text: 'What answers at {url} shows a certificate that does not lead to the CA that this distribution point enrolled with: {reason}.',
    hint: 'If the site has another CA now, make a ticket with `ostler distribution-point ticket NAME --ticket-file FILE` and start this one with --ticket-file FILE: it keeps its content.',
  },
  POINT_CONTENT_DAMAGED: {
    status: 500,
    text: 'Content in {path} is damaged: {pieces}.',
    hint: 'Let it be pulled again: ostler distribution-point validate NAME. Then look at the disk.',
  },
} as const satisfies Record<string, ErrorEntry>;
