/** Errors of the area: signing in with more than a password. */
import type { ErrorEntry } from './entry.ts';

export const signInErrors = {
  SECOND_FACTOR_NEEDED: {
    status: 401,
    text: 'The sign-in of this account also needs a code of its second factor.',
    hint: 'Give the code that the app shows, or a recovery code; a script gives it with --code-file.',
  },
  SECOND_FACTOR_WRONG: {
    status: 403,
    text: 'The code is wrong, or it was used already.',
    hint: 'Each code is good once: wait for the next one. If none is taken, compare the clocks of the server and of the phone.',
  },
  SECOND_FACTOR_REQUIRED: {
    status: 403,
    text: 'The site asks for a second factor of whoever may change something, and this account has none.',
    hint: 'Run `ostler second-factor enrol`, then `ostler second-factor confirm`.',
  },
  SECOND_FACTOR_PRESENT: {
    status: 409,
    text: 'This account has a second factor.',
    hint: 'To use another app, first run `ostler second-factor remove`.',
  },
  SECOND_FACTOR_ABSENT: { status: 409, text: 'This account has no second factor.', hint: 'Run `ostler second-factor enrol`.' },
  ACCOUNT_UNKNOWN: { status: 404, text: 'There is no account {name}. Full administrators: {administrators}.' },
  SECOND_FACTOR_OWN: {
    status: 409,
    text: 'Nobody takes their own second factor away as an administrator.',
    hint: 'Run `ostler second-factor remove`, with a code of the app or a recovery code, or ask another administrator.',
  },
} as const satisfies Record<string, ErrorEntry>;
