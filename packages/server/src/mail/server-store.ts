/** The mail server in the database: one row, with a sealed password. */
import { OstlerError, type MailServer, type SetMailServer } from '@ostler/contract';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';

/** With the password in clear: for who sends. */
export type OpenMailServer = Omit<MailServer, 'passwordSet'> & { readonly password: string | null };

const rowId = 'site';
const sealOwner = `mail-server/${rowId}` as const;

export async function findMailServer(sql: Queries): Promise<MailServer | null> {
  const row = await findRow(sql);
  if (row === undefined) return null;
  const { id: _id, password, ...server } = row;
  return { ...server, passwordSet: password !== null };
}

/** @throws OstlerError MAIL_NOT_CONFIGURED, SECRET_SEAL_BROKEN */
export async function openMailServer(sql: Queries, seal: SecretSeal): Promise<OpenMailServer> {
  const row = await findRow(sql);
  if (row === undefined) throw new OstlerError('MAIL_NOT_CONFIGURED', {});
  const { id: _id, password, ...server } = row;
  return { ...server, password: password === null ? null : await seal.open(sql, password, sealOwner) };
}

/**
 * A password that is there stays with the server and the account that it was given for: nobody sends it elsewhere who does not know it.
 * Call it inside a transaction.
 * @throws OstlerError MAIL_PASSWORD_NEEDED
 */
export async function setMailServer(sql: Queries, { password, ...server }: SetMailServer, seal: SecretSeal): Promise<void> {
  const before = await findRow(sql);
  const { host, port, account } = server;
  const same = before?.host === host && before.port === port && before.account === account;
  if (account !== null && password === undefined && (!same || before.password === null)) {
    throw new OstlerError('MAIL_PASSWORD_NEEDED', { account, host, port });
  }
  const sealed = password === undefined ? null : await seal.seal(sql, password, sealOwner);
  // One that stays is not written again: it may just be sealed with another key.
  const row = password === undefined && same ? server : { ...server, password: sealed };
  await sql
    .insertInto('mail_server')
    .values({ id: rowId, password: sealed, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function removeMailServer(sql: Queries): Promise<void> {
  await sql.deleteFrom('mail_server').where('id', '=', rowId).execute();
}

function findRow(sql: Queries) {
  return sql.selectFrom('mail_server').selectAll().where('id', '=', rowId).executeTakeFirst();
}
