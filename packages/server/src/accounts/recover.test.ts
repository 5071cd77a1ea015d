import { readdir } from 'node:fs/promises';
import { temporaryDirectory } from '@ostler/testkit';
import { isOstlerError } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { accountsOn, codeAt } from '../../test/accounts-on.ts';
import { databases, silentLog } from '../../test/databases.ts';
import { administratorPassword, configFor, signIn } from '../../test/running-app.ts';
import { startApp } from '../app.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { recoverAccount } from './recover.ts';
import { runAccountCommand } from './recover-command.ts';

const unlimited = { permissions: null, collectionIds: null, expiresInDays: null };

describe.each(databases)('whoever lost what the last administrator signs in with, on $dialect', ({ open }) => {
  it('gets a one-time password: the old one and every session end, API tokens go on', async () => {
    await using test = await accountsOn(open);
    const { accounts, database, clock, password: before } = test;
    const session = await accounts.signIn({ name: 'admin', password: before }, 'a');
    const id = (await accounts.findByToken(session.token))?.accountId ?? '';
    const { token } = await accounts.createToken(id, { name: 'script', ...unlimited });

    const { password } = await recoverAccount(database, 'admin', { resetPassword: true, removeSecondFactor: false }, clock.nowMs);

    expect(await accounts.findByToken(session.token)).toBeNull();
    expect(await accounts.findByToken(token)).toMatchObject({ name: 'admin' });
    await expect(accounts.signIn({ name: 'admin', password: before }, 'a')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
    expect(await accounts.signIn({ name: 'admin', password: password ?? '' }, 'a')).toMatchObject({ mustChangePassword: true });
  });

  it('signs in without the second factor that is gone, with the password as it was', async () => {
    await using test = await accountsOn(open);
    const { accounts, secondFactors, database, clock, password } = test;
    const { id } = await database.sql.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    const { secret } = await secondFactors.enrol({ id, name: 'admin' }, 'Site');
    await secondFactors.confirm(id, codeAt(secret, clock.nowMs));
    const signedIn = () => accounts.signIn({ name: 'admin', password }, 'a').then(() => 'in', codeOf);
    expect(await signedIn()).toBe('SECOND_FACTOR_NEEDED');

    const recovered = await recoverAccount(database, 'admin', { resetPassword: false, removeSecondFactor: true }, clock.nowMs);

    expect(recovered).toEqual({ password: null, disabled: false });
    expect(await signedIn()).toBe('in');
    expect(await secondFactors.describe(id)).toEqual({ confirmedAt: null, recoveryCodesLeft: 0 });
  });

  it('leaves an entry in the audit log, without the password', async () => {
    await using test = await accountsOn(open);
    const { database, clock } = test;
    const log = new AuditLog(database, () => clock.nowMs);

    const { password } = await recoverAccount(database, 'admin', { resetPassword: true, removeSecondFactor: true }, clock.nowMs);

    const { items } = await log.page({ limit: 10 });
    expect(items).toMatchObject([
      { operation: 'accounts.recover', actorKind: 'system', result: 'done', request: { resetPassword: true, removeSecondFactor: true } },
    ]);
    expect(JSON.stringify(items)).not.toContain(password);
    expect(await log.verify()).toMatchObject({ intact: true, entries: 1 });
  });

  it('is told which administrators there are where the name is wrong, and nothing is changed', async () => {
    await using test = await accountsOn(open);
    const { database, clock, accounts, password } = test;
    const recovery = { resetPassword: true, removeSecondFactor: true };

    await expect(recoverAccount(database, 'Admin', recovery, clock.nowMs)).rejects.toThrow(
      'There is no account Admin. Full administrators: admin.',
    );
    expect(await accounts.signIn({ name: 'admin', password }, 'a')).toMatchObject({ name: 'admin' });
  });
});

describe('the command that lets an administrator in again', () => {
  const recover = async (...words: readonly string[]): Promise<string> => {
    const said: string[] = [];
    const world = { environment: {}, say: (text: string) => void said.push(text), createLog: () => silentLog, now: Date.now };
    await runAccountCommand({ words: ['recover', ...words], ...world });
    return said.join('\n');
  };

  it('wants the server stopped, and prints a one-time password that signs in when it runs again', async () => {
    await using folder = await temporaryDirectory();
    const config = configFor(`${folder.path}/data`);
    const start = () => startApp({ config, log: silentLog, now: Date.now, environment: {} });
    const words = ['admin', '--reset-password', '--data-directory', config.dataDirectory];
    {
      await using running = await start();
      await signIn(running);
      await expect(recover(...words)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
    }

    const said = await recover(...words);

    await using running = await start();
    const { accounts } = running.site;
    const password = /one-time password of admin is (\S+)/.exec(said)?.[1] ?? '';
    expect(await accounts.signIn({ name: 'admin', password }, 'a')).toMatchObject({ mustChangePassword: true });
    await expect(accounts.signIn({ name: 'admin', password: administratorPassword }, 'a')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  });

  it('makes no site where there is none, and says what is missing', async () => {
    await using folder = await temporaryDirectory();

    const elsewhere = recover('admin', '--reset-password', '--data-directory', `${folder.path}/data`);

    await expect(elsewhere).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(await readdir(folder.path)).toEqual([]);
    for (const words of [[], ['admin'], ['--reset-password']]) {
      await expect(recover(...words)).rejects.toThrow('name the account, then say --reset-password, --remove-second-factor, or both');
    }
  });
});

function codeOf(error: unknown): string {
  return isOstlerError(error) ? error.code : String(error);
}
