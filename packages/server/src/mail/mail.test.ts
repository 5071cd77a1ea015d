/** E-mail through a real SMTP server, and how its trouble is told. */
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { mailAccount, startMailServer } from '../../test/mail-server.ts';
import { aSealing } from '../../test/sealing.ts';
import { loadSiteCertificates } from '../certificates/site-certificates.ts';
import type { Database } from '../database/database.ts';
import { Dispatcher } from '../events/dispatcher.ts';
import { listDeliveries } from '../events/outbox.ts';
import { recordEvent } from '../events/record-event.ts';
import { createMailChannel } from './mail-channel.ts';
import { createRule, getRule, listRules, updateRule } from './rule-store.ts';
import { createSendMail } from './send-mail.ts';
import { findMailServer, openMailServer, removeMailServer, setMailServer, type OpenMailServer } from './server-store.ts';

const never = new AbortController().signal;
const aMessage = { to: ['desk@example.org'], subject: 'A subject', text: 'A line\n' };

/** A certificate for 127.0.0.1, and what trusts it. */
async function certificates() {
  await using folder = await temporaryDirectory();
  const { current, caPem } = await loadSiteCertificates(folder.path, ['127.0.0.1'], Date.now());
  return { keyPair: current, sendMail: createSendMail(() => [caPem]) };
}

function serverAt(port: number, changes: Partial<OpenMailServer> = {}): OpenMailServer {
  const { user: account, password } = mailAccount;
  return { host: '127.0.0.1', port, security: 'starttls', account, password, sender: 'ostler@example.org', ...changes };
}

describe('a message', () => {
  it('is sent encrypted and signed in, by STARTTLS or TLS', async () => {
    const { keyPair, sendMail } = await certificates();
    await using startTls = await startMailServer(keyPair);
    await using tls = await startMailServer(keyPair, { secure: true });

    await sendMail(serverAt(startTls.port), aMessage, never);
    await sendMail(serverAt(tls.port, { security: 'tls' }), aMessage, never);

    for (const { taken } of [startTls, tls]) {
      expect(taken).toMatchObject([{ to: ['desk@example.org'], encrypted: true, account: 'ostler' }]);
      expect(taken[0]?.text).toMatch(/^Subject: A subject$/m);
      expect(taken[0]?.text).toMatch(/^Auto-Submitted: auto-generated$/m);
    }
  });

  it('is sent in clear only where that is said, and without an account', async () => {
    const { keyPair, sendMail } = await certificates();
    await using server = await startMailServer(keyPair, { disabledCommands: ['STARTTLS', 'AUTH'] });

    await sendMail(serverAt(server.port, { security: 'none', account: null, password: null }), aMessage, never);

    expect(server.taken).toMatchObject([{ encrypted: false, account: null }]);
  });

  it('is not sent, nor the password, to a server that does not encrypt or shows a strange certificate', async () => {
    const { keyPair } = await certificates();
    const { sendMail: trustsAnother } = await certificates();
    const seen: string[] = [];
    const onAuth = ({ password }: { password?: string | null | undefined }, _session: unknown, callback: (error: Error) => void): void => {
      seen.push(password ?? '');
      callback(new Error('no'));
    };
    await using plain = await startMailServer(keyPair, { disabledCommands: ['STARTTLS'], allowInsecureAuth: true, onAuth });
    await using strange = await startMailServer(keyPair, { onAuth });

    const refusal = { code: 'MAIL_NOT_ENCRYPTED' };
    await expect(trustsAnother(serverAt(plain.port), aMessage, never)).rejects.toMatchObject(refusal);
    await expect(trustsAnother(serverAt(strange.port), aMessage, never)).rejects.toMatchObject(refusal);

    expect([seen, plain.taken, strange.taken]).toEqual([[], [], []]);
  });

  it('says that the password is wrong, that nobody listens, and that a recipient is refused', async () => {
    const { keyPair, sendMail } = await certificates();
    await using server = await startMailServer(keyPair, {
      onRcptTo: ({ address }, _session, callback) => callback(address.startsWith('nobody') ? new Error('no such mailbox') : null),
    });
    const closed = await startMailServer(keyPair);
    await closed[Symbol.asyncDispose]();

    await expect(sendMail(serverAt(server.port, { password: 'a wrong one' }), aMessage, never)).rejects.toMatchObject({
      code: 'MAIL_LOGIN_REFUSED',
      message: expect.not.stringContaining('a wrong one'),
      details: { account: 'ostler' },
    });
    await expect(sendMail(serverAt(closed.port), aMessage, never)).rejects.toMatchObject({
      code: 'MAIL_SERVER_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(sendMail(serverAt(server.port), { ...aMessage, to: ['nobody@example.org'] }, never)).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
      message: expect.stringContaining('no such mailbox'),
    });
  });
});

/** A site with a mail server and a rule. */
async function mailSite(database: Database, port: number, sendMail: ReturnType<typeof createSendMail>) {
  const { sql } = database;
  const { seal } = await aSealing(database);
  const clock = { nowMs: Date.parse('2026-11-22T10:00:00Z') };
  const { passwordSet: _set, ...server } = { ...serverAt(port), passwordSet: true, password: mailAccount.password };
  await setMailServer(sql, server, seal);
  const limits = { events: null, collectionIds: null, enabled: true };
  const { id } = await createRule(
    sql,
    { name: 'Failures', recipients: ['desk@example.org', 'night@example.org'], gatherMinutes: 5, ...limits },
    clock.nowMs,
  );
  const settings = { get: () => Promise.resolve({ name: 'North' }) };
  const channels = [createMailChannel({ sql, seal, sendMail, settings })];
  const dispatcher = new Dispatcher({ sql, channels, now: () => clock.nowMs, log: silentLog, stopping: never });
  return {
    id,
    clock,
    fails: (deviceName: string) => recordEvent(sql, 'run.failed', { data: aFailure(deviceName), nowMs: clock.nowMs }),
    turn: async () => {
      await dispatcher.turn();
      await dispatcher.settled();
    },
    states: async () => (await listDeliveries(sql, id, { limit: 1000 })).map(({ state }) => state),
  };
}

function aFailure(deviceName: string) {
  const run = { id: 'run-1', deploymentId: 'deployment-1', deviceId: 'device-1', deviceName };
  const taskSequence = { taskSequenceId: 'sequence-1', taskSequenceName: 'Install', taskSequenceVersion: 1 };
  return { run: { ...run, ...taskSequence }, failure: { stepName: 'Disk', code: 'STEP_FAILED', exitCode: 5 } };
}

describe.each(databases)('a notification rule on $dialect', ({ open }) => {
  it('gathers 500 failures into one message', async () => {
    await using test = await open();
    const { keyPair, sendMail } = await certificates();
    await using server = await startMailServer(keyPair);
    const site = await mailSite(test.database, server.port, sendMail);

    for (let number = 1; number <= 500; number += 1) {
      site.clock.nowMs += 500;
      await site.fails(`pc-${number}`);
      if (number === 100) await site.turn();
    }
    expect(server.taken).toEqual([]);
    site.clock.nowMs += 60_000;
    await site.turn();
    await site.turn();

    expect(server.taken).toMatchObject([{ to: ['desk@example.org', 'night@example.org'] }]);
    const text = server.taken[0]?.text.replaceAll('=\r\n', '') ?? '';
    expect(text).toContain('pc-1: Install has failed at the step Disk (STEP_FAILED, exit code 5)');
    expect(text).toContain('and 400 more');
    expect(new Set(await site.states())).toEqual(new Set(['delivered']));
  });

  it('keeps what could not be sent, and sends it when the mail server takes it again', async () => {
    await using test = await open();
    const { keyPair, sendMail } = await certificates();
    const answers = { down: true };
    await using server = await startMailServer(keyPair, {
      onMailFrom: (_address, _session, callback) => callback(answers.down ? new Error('come back later') : null),
    });
    const site = await mailSite(test.database, server.port, sendMail);
    for (const name of ['pc-1', 'pc-2']) await site.fails(name);

    site.clock.nowMs += 300_000;
    await site.turn();
    const rule = await getRule(test.database.sql, site.id);
    answers.down = false;
    site.clock.nowMs += 6000;
    await site.turn();

    expect(rule).toMatchObject({ waiting: 2, failingSince: '2026-11-22T10:05:00.000Z' });
    expect(server.taken).toHaveLength(1);
    expect(await getRule(test.database.sql, site.id)).toMatchObject({ waiting: 0, failingSince: null });
  });

  it('is changed in parts, and two have not the same name', async () => {
    await using test = await open();
    const { sql } = test.database;
    const limits = { events: null, collectionIds: null, enabled: true, gatherMinutes: 5, recipients: ['desk@example.org'] };
    const { id } = await createRule(sql, { ...limits, name: 'One' }, 0);
    await createRule(sql, { ...limits, name: 'Two' }, 0);

    await updateRule(sql, id, { gatherMinutes: 30, events: ['run.failed'] });
    await expect(updateRule(sql, id, { name: 'Two' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });

    const changed = { name: 'One', gatherMinutes: 30, events: ['run.failed'], recipients: ['desk@example.org'] };
    expect(await listRules(sql)).toMatchObject([changed, { name: 'Two', gatherMinutes: 5 }]);
  });
});

describe.each(databases)('the mail server on $dialect', ({ open }) => {
  it('keeps its password sealed, and for the host, port and account that it was given for alone', async () => {
    await using test = await open();
    const { sql } = test.database;
    const { seal } = await aSealing(test.database);
    const { password, ...server } = serverAt(587);
    await expect(openMailServer(sql, seal)).rejects.toMatchObject({ code: 'MAIL_NOT_CONFIGURED' });

    await setMailServer(sql, { ...server, password: password ?? '' }, seal);
    await setMailServer(sql, { ...server, sender: 'other@example.org' }, seal);
    expect(await openMailServer(sql, seal)).toMatchObject({ password, sender: 'other@example.org' });
    expect(JSON.stringify(await sql.selectFrom('mail_server').selectAll().execute())).not.toContain(password);
    await expect(setMailServer(sql, { ...server, host: 'elsewhere.example' }, seal)).rejects.toMatchObject({
      code: 'MAIL_PASSWORD_NEEDED',
    });
    await setMailServer(sql, { ...server, account: null, security: 'none' }, seal);
    expect(await findMailServer(sql)).toMatchObject({ account: null, passwordSet: false });
    await removeMailServer(sql);

    expect(await findMailServer(sql)).toBeNull();
  });
});
