/** The second factor of the own account. Of somebody else's: accounts.removeSecondFactor. */
import * as noun from '../nouns/second-factor.ts';
import { RenewedSession } from '../nouns/account.ts';
import type { RouteDefinition } from './define.ts';

const own = { access: 'signed-in', tag: 'accounts' } as const;
export const secondFactorRoutes = {
  'secondFactor.get': {
    ...own,
    method: 'GET',
    path: '/api/v1/second-factor',
    summary: 'Whether the own account has a second factor, and how many recovery codes are left',
    answer: noun.SecondFactor,
  },
  'secondFactor.enrol': {
    ...own,
    method: 'POST',
    path: '/api/v1/second-factor/enrol',
    summary: 'Make the secret of a second factor; it is shown once, and counts when a code of it was confirmed',
    body: noun.EnrolSecondFactor,
    answer: noun.EnrolledSecondFactor,
  },
  'secondFactor.confirm': {
    ...own,
    method: 'POST',
    path: '/api/v1/second-factor/confirm',
    summary: 'Show that the app has the secret; from now on the sign-in asks for a code, and other sessions end',
    body: noun.ConfirmSecondFactor,
    answer: noun.RecoveryCodes.extend(RenewedSession.shape),
  },
  'secondFactor.renewRecoveryCodes': {
    ...own,
    method: 'POST',
    path: '/api/v1/second-factor/recovery-codes',
    summary: 'Make new recovery codes in place of those that there are',
    body: noun.ConfirmSecondFactor,
    answer: noun.RecoveryCodes,
  },
  'secondFactor.remove': {
    ...own,
    method: 'POST',
    path: '/api/v1/second-factor/remove',
    summary: 'Remove the own second factor; other sessions end',
    body: noun.RemoveSecondFactor,
    answer: RenewedSession,
  },
} as const satisfies Record<string, RouteDefinition>;
