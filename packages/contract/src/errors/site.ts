/** Errors of the area: the server itself, its accounts, jobs and backups. */
import type { ErrorEntry } from './entry.ts';

export const siteErrors = {
  DATABASE_UNREACHABLE: {
    status: 503,
    text: 'The database {database} cannot be opened: {reason}',
    hint: 'Check databaseUrl, or the rights of the data directory.',
  },
  DATABASE_NEWER: {
    status: 500,
    text: 'The database was written by a newer version of Ostler: it has {migrations}, which this version does not know.',
    hint: 'Start the newer version, or restore a backup made by this one.',
  },
  DATABASE_MIGRATION_FAILED: { status: 500, text: 'The database could not be brought to this version at {migration}: {problem}' },
  DATA_DIRECTORY_UNUSABLE: {
    status: 500,
    text: 'The data directory {path} cannot be used: {problem}',
    hint: 'Make it writable for this user, or choose another with --data-directory.',
  },
  DATA_DIRECTORY_IN_USE: {
    status: 409,
    text: 'Another server (process {pid}) uses the data directory {path}.',
    hint: 'Stop it first, or choose another directory with --data-directory.',
  },
  SEALING_KEY_UNUSABLE: {
    status: 500,
    text: 'The key that seals secrets cannot be read from {where}: {problem}',
    hint: 'Check sealingKey.source. `head -c 32 /dev/urandom | base64` makes a key; what is sealed already needs the one it was sealed with.',
  },
  SEALING_KEY_MISSING: {
    status: 500,
    text: 'Secrets of this site ({secrets}) are sealed under the key {wanted}, which is not among the given ones ({given}).',
    hint: 'Put secrets.key back from a backup, or copy it from another server of the site. After a change of keys, give the old one in OSTLER_SEALING_KEY_PREVIOUS until `ostler site rotate-sealing-key` has ended.',
  },
  ADDRESS_UNUSABLE: {
    status: 500,
    text: 'The server cannot listen on {address} port {port}: {reason}',
    hint: 'Another program may use the port. Choose another with --https-port or --http-port.',
  },
  CERTIFICATE_INVALID: {
    status: 500,
    text: 'The certificate cannot be used: {problem}',
    hint: 'Check certificateFile and keyFile, and of the site caFile too. The certificate has to be for the name by which computers reach whoever shows it: the siteAddress of a site, the host in the address of a distribution point.',
  },
  PASSWORD_CHANGE_REQUIRED: {
    status: 403,
    text: 'The one-time password must be changed before anything else.',
    hint: 'Run `ostler login`, or POST /api/v1/password.',
  },
  PASSWORD_WRONG: { status: 403, text: 'The current password is wrong.' },
  PASSWORD_UNCHANGED: { status: 422, text: 'The new password is the same as the current one.' },
  LAST_ADMINISTRATOR: {
    status: 409,
    text: 'The account {name} is the last full administrator without limits.',
    hint: 'Give another account the role first.',
  },
  RIGHTS_EXCEED_OWN: { status: 403, text: 'Nobody gives or governs more than they have: this account lacks {permission} without limits.' },
  TOKEN_LIMITED: {
    status: 403,
    text: 'An API token that is limited does not make tokens, end sessions or change the password.',
    hint: 'Sign in, or use a token without limits.',
  },
  ROLE_BUILT_IN: { status: 409, text: 'The role {name} is part of every site.', hint: 'Make a copy of it and change that.' },
  SECURITY_SCOPE_BUILT_IN: { status: 409, text: 'The security scope {name} is part of every site.' },
  JOB_ENDED: { status: 409, text: 'The job {id} has ended already: {state}.' },
  AUDIT_NOT_INTACT: {
    status: 409,
    text: 'Nothing of the audit log is removed, since it is not intact: entry {number} was {kind}.',
    hint: 'Write it to a file with `ostler audit export` and find out who could write to the database. `ostler site retention set --audit 0` keeps it all.',
  },
  BACKUP_TARGET_NOT_EMPTY: { status: 409, text: 'The folder {path} is not empty.', hint: 'Give a folder that is new or empty.' },
  BACKUP_INVALID: {
    status: 422,
    text: 'The folder {path} is not a whole backup: {problem}',
    hint: 'Nothing was restored. Take another backup.',
  },
} as const satisfies Record<string, ErrorEntry>;
