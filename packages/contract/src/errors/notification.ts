/** Errors of the area: what others are told of, by webhook. */
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
  TEST_NOT_DELIVERED: { status: 502, text: 'The test to {name} has not arrived: {reason}' },
} as const satisfies Record<string, ErrorEntry>;
