/** Errors of the area: signing in with an identity provider. */
import type { ErrorEntry } from './entry.ts';

export const identityProviderErrors = {
  PROVIDER_UNREACHABLE: {
    status: 503,
    text: 'The identity provider {name} does not answer at {issuer}: {reason}',
    hint: 'Try `curl ISSUER/.well-known/openid-configuration` on the server. A private CA goes into NODE_EXTRA_CA_CERTS of the server.',
  },
  PROVIDER_CLOCK_DIFFERS: {
    status: 502,
    text: 'The identity provider {name} and this server do not agree about the time: {reason}',
    hint: 'Compare the clocks of both, and let both follow a time server.',
  },
  PROVIDER_REFUSES_SITE: {
    status: 502,
    text: 'The identity provider {name} refuses this site: {reason}',
    hint: 'Compare client id, client secret and redirect address with `ostler identity-provider show`.',
  },
  PROVIDER_ANSWER_INVALID: {
    status: 502,
    text: 'What the identity provider {name} answered cannot be trusted: {reason}',
    hint: 'Begin again. Where it stays, compare the issuer with what the provider calls itself.',
  },
  PROVIDER_REFUSES_PERSON: {
    status: 403,
    text: 'The identity provider {name} let nobody in: {reason}',
    hint: 'Begin again, or ask whoever looks after the provider.',
  },
  PROVIDER_CLAIM_UNUSABLE: {
    status: 403,
    text: 'The identity provider {name} says nothing in the claim {claim} that can name an account.',
    hint: 'Choose another claim with `ostler identity-provider set --account-name-from`, or ask for another scope.',
  },
  PROVIDER_ACCOUNT_UNKNOWN: {
    status: 403,
    text: 'Nobody who is {person} for the identity provider {name} has an account here.',
    hint: 'An administrator makes one: `ostler account create NAME --provider PROVIDER`.',
  },
  PROVIDER_ACCOUNT_TAKEN: {
    status: 409,
    text: 'There is an account {person} that does not belong to the identity provider {name}.',
    hint: 'Nobody gets an account by having its name elsewhere: delete it, or choose another claim for names.',
  },
  PROVIDER_ACCOUNT_DISABLED: { status: 403, text: 'The account {person} is disabled.' },
  PROVIDER_GROUPS_UNKNOWN: {
    status: 403,
    text: 'None of the groups of {person} has a role here. The identity provider {name} lists: {groups}.',
    hint: '`ostler identity-provider map PROVIDER GROUP ROLE` gives a group a role. Some providers list groups only when a scope asks for it.',
  },
  PROVIDER_SIGN_IN_ENDED: {
    status: 410,
    text: 'This sign-in was never begun, has ended, or took longer than ten minutes.',
    hint: 'Begin again: ostler login --provider NAME',
  },
} as const satisfies Record<string, ErrorEntry>;
