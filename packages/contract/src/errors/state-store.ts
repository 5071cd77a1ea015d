/** Errors of the area: user state kept at the site. None has a status that asks the agent to try again: the step's retries do that. */
import type { ErrorEntry } from './entry.ts';

export const stateStoreErrors = {
  STATE_STORES_FULL: {
    status: 413,
    text: 'The site has no room for {neededBytes} bytes of user state: {usedBytes} of {limitBytes} bytes and {stores} of {limitStores} stores are in use, and its disk has {freeBytes} bytes free.',
    hint: 'Delete stores that nobody needs (ostler user-state list), or raise the limits (ostler site set --user-state-bytes, --user-state-stores).',
  },
  STATE_STORE_NOTHING_TO_RESTORE: {
    status: 404,
    text: 'There is no complete user state that {deviceName} may restore.',
    hint: 'Capture and release it first. For another computer than the one it comes from: ostler device associate OLD NEW',
  },
  STATE_STORE_NOT_WRITABLE: { status: 403, text: 'The state store {id} is {state}: nothing can be written to it.' },
  STATE_STORE_WITHOUT_CONTENT: {
    status: 409,
    text: 'The state store {id} has no complete content.',
    hint: 'Its capture did not end, its retention has, or the site was restored from a backup, which has no state stores in it.',
  },
  STATE_STORE_CONTENT_WRONG: {
    status: 422,
    text: 'What the state store {id} received is not what was sent: {actualBytes} bytes with SHA-256 {actual}, expected {expectedBytes} with {expected}.',
    hint: 'Let Capture User State run again.',
  },
  STATE_STORE_IN_USE: {
    status: 409,
    text: 'The state store {id} is used by the run {runId}.',
    hint: 'Cancel the run first, or wait for its end.',
  },
  STATE_STORE_NOT_REQUESTED: {
    status: 422,
    text: 'This run has no state store for {purpose}.',
    hint: 'Put Request State Store before the step, with that purpose.',
  },
  STATE_STORE_NOT_CAPTURED: {
    status: 422,
    text: 'The state store holds no complete user state, so there is nothing to keep; it was dropped.',
    hint: 'Look at why Capture User State failed or did not run before the disk is changed.',
  },
  SEALED_STREAM_DAMAGED: {
    status: 422,
    text: 'What was kept cannot be opened: {problem}.',
    hint: 'It was changed on the way or where it is kept. Nothing of it has been used.',
  },
  DEVICE_ASSOCIATED_WITH_ITSELF: {
    status: 422,
    text: '{name} is both computers.',
    hint: 'A computer may always restore what it has captured itself.',
  },
} as const satisfies Record<string, ErrorEntry>;
