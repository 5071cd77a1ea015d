/** Errors of the area: what others are told of, by webhook and by e-mail. */
import type { ErrorEntry } from './entry.ts';

export const notificationErrors = {
  WEBHOOK_ADDRESS_REFUSED: {
    status: 422,
    text: 'Nothing is sent to {host}: {address} is {kind}.',
    hint: 'Where a receiver on such an address is meant, name its network in the server’s setting webhooks.allowedNetworks.',
  },
  WEBHOOK_UNREACHABLE: {
    status: 502,
    text: 'The webhook’s receiver {host} cannot be reached: {reason}',
    hint: 'Check its address, its certificate, and that this server may connect to it.',
  },
  WEBHOOK_TIMED_OUT: { status: 504, text: 'The webhook’s receiver {host} did not answer within {seconds} seconds.' },
  WEBHOOK_REFUSED: {
    status: 502,
    text: 'The webhook’s receiver {host} answered with status {status}.',
    hint: 'It is to answer with a status from 200 to 299. A redirect is not followed.',
  },
  DELIVERY_WAITING: {
    status: 409,
    text: 'The delivery {id} has not ended: it is sent at {at}.',
    hint: '`ostler webhook test` says whether the receiver takes what it is sent.',
  },
  MAIL_NOT_CONFIGURED: {
    status: 409,
    text: 'The site has no mail server.',
    hint: 'Name one with: ostler site mail set HOST --sender ADDRESS',
  },
  MAIL_PASSWORD_NEEDED: {
    status: 422,
    text: 'The site has no password of {account} at {host} port {port}.',
    hint: 'Give it: a password is kept for the host, port and account that it was given for alone.',
  },
  MAIL_SERVER_UNREACHABLE: {
    status: 502,
    text: 'The mail server {host} port {port} cannot be reached: {reason}',
    hint: 'Check host and port, and whether it is to be tls (465) or starttls (587).',
  },
  MAIL_NOT_ENCRYPTED: {
    status: 502,
    text: 'Nothing was sent to the mail server {host} port {port}, because the connection cannot be made safe: {reason}',
    hint: 'Its certificate must be for this host and lead to an authority that this system trusts.',
  },
  MAIL_LOGIN_REFUSED: {
    status: 502,
    text: 'The mail server {host} does not let {account} in: {reason}',
    hint: 'Check the account and its password. Some providers want a password of its own for each program.',
  },
  MAIL_REFUSED: {
    status: 502,
    text: 'The mail server {host} does not take the message: {reason}',
    hint: 'Check the sender and the recipients.',
  },
  TEST_NOT_DELIVERED: { status: 502, text: 'The test to {name} has not arrived: {reason}' },
} as const satisfies Record<string, ErrorEntry>;
