/** Errors that any part of the product may meet. */
import type { ErrorEntry } from './entry.ts';

export const commonErrors = {
  INTERNAL: { status: 500, text: 'Something went wrong inside the server.', hint: 'The server log has the details under this request id.' },
  BAD_REQUEST: { status: 400, text: 'The request is not valid: {problem}' },
  CONFIGURATION_INVALID: {
    status: 500,
    text: 'The configuration is not valid: {problem}',
    hint: 'Run it with --help for every setting.',
  },
  NOT_FOUND: {
    status: 404,
    text: 'There is no {kind} {id}.',
    hint: 'The list of its kind names what is there, for example `ostler device list`.',
  },
  ROUTE_NOT_FOUND: { status: 404, text: '{method} {path} is not part of the API.', hint: 'The API is described at /api/v1/docs.' },
  ALREADY_EXISTS: { status: 409, text: 'A {kind} named {name} exists already.', hint: 'Choose another name.' },
  IN_USE: { status: 409, text: 'The {kind} {name} is used by {users}.', hint: 'Remove it there first.' },
  UNAUTHENTICATED: { status: 401, text: 'Sign in, or send a valid token.', hint: 'Run `ostler login`, or set OSTLER_TOKEN.' },
  FORBIDDEN: { status: 403, text: 'This account may not do that.' },
  PERMISSION_MISSING: {
    status: 403,
    text: 'This account lacks the permission {permission}{place}.',
    hint: '`ostler access show` lists what it may do. A full administrator can give it a role.',
  },
  LOGIN_FAILED: { status: 401, text: 'The name or the password is wrong.' },
  TOO_MANY_ATTEMPTS: { status: 429, text: 'Too many attempts. Wait {seconds} seconds.' },
  SERVER_BUSY: {
    status: 503,
    text: 'The site has more to do at this moment than it can. Ask again in {seconds} seconds.',
    hint: 'Computers do so by themselves. Where it goes on for long, the guide says how a site grows.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, text: 'The request body is larger than {limitBytes} bytes.' },
  REQUEST_TOO_SLOW: { status: 408, text: 'The request did not arrive in time.' },
  HEADERS_TOO_LARGE: { status: 431, text: 'The headers of the request are too large.' },
  CANCELLED: { status: 409, text: 'Cancelled.' },
  SERVER_UNREACHABLE: {
    status: 503,
    text: 'The server {url} does not answer: {reason}',
    hint: 'Check that it runs and that its address is right.',
  },
  NO_SITE: { status: 400, text: 'No site is known here.', hint: 'Run `ostler login https://SERVER:8443`, or give --server.' },
  AMBIGUOUS_NAME: { status: 409, text: 'Several things of the kind {kind} are named {name}: {ids}.', hint: 'Give the id.' },
  NO_ANSWER: { status: 400, text: 'Nobody answered: {question}.', hint: 'Run it on a terminal, or give the file option for it.' },
  JOB_FAILED: { status: 500, text: '{subject} failed: {reason}' },
  FILE_NOT_READABLE: {
    status: 400,
    text: 'The file {path} cannot be read: {reason}',
    hint: 'It has to be on the computer that this is typed on, and readable there.',
  },
  CERTIFICATE_NOT_TRUSTED: {
    status: 400,
    text: 'The server {url} shows a certificate of a site that is not known here: SHA-256 {fingerprint}.',
    hint: 'Compare it with `<data directory>/certificates/ca.pem` on the server, then give --ca FILE or --fingerprint.',
  },
  COMMAND_FAILED: { status: 500, text: '{program} failed with exit code {exitCode}: {output} (replay: {replay})' },
  COMMAND_NOT_FOUND: {
    status: 500,
    text: 'The program {program} is not installed.',
    hint: 'Run `./ostler` once: it installs what is missing.',
  },
  COMMAND_WORD_INVALID: {
    status: 500,
    text: 'A word or an environment variable for {program} has a NUL character in it, which no program can be given.',
    hint: 'Where it is the output of another program, take the character out there, for example with `tr -d "\\000"`.',
  },
} as const satisfies Record<string, ErrorEntry>;
