/** Handlers of the mail server's routes and of the notification rules. */
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { listDeliveries } from '../events/outbox.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { createRule, deleteRule, getRule, listRules, updateRule } from './rule-store.ts';
import type { SendMail } from './send-mail.ts';
import { findMailServer, openMailServer, removeMailServer, setMailServer } from './server-store.ts';

export interface MailDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly sendMail: SendMail;
  readonly settings: { get(): Promise<{ readonly name: string }> };
  readonly now: () => number;
}

export function mailHandlers(dependencies: MailDependencies): HandlersOf<'mailServer' | 'notifications'> {
  return { ...serverHandlers(dependencies), ...ruleHandlers(dependencies) };
}

function serverHandlers({ database: { sql }, seal, sendMail, settings }: MailDependencies): HandlersOf<'mailServer'> {
  return {
    'mailServer.get': async () => ({ server: await findMailServer(sql) }),
    'mailServer.set': async ({ body }, { log }) => {
      await sql.transaction().execute((transaction) => setMailServer(transaction, body, seal));
      log.info({ host: body.host, port: body.port, security: body.security }, 'mail server set');
      return { server: await findMailServer(sql) };
    },
    'mailServer.remove': async () => {
      await removeMailServer(sql);
      return { ok: true };
    },
    'mailServer.test': async ({ body: { to } }, { signal, log }) => {
      const { name } = await settings.get();
      const message = { to: [to], subject: `[${name}] This is a test`, text: `The site ${name} can send mail.\n` };
      const response = await sendMail(await openMailServer(sql, seal), message, signal);
      log.info('test message sent');
      return { to, response };
    },
  };
}

function ruleHandlers({ database: { sql }, now }: MailDependencies): HandlersOf<'notifications'> {
  return {
    'notifications.list': async () => ({ items: await listRules(sql) }),
    'notifications.get': ({ params }) => getRule(sql, params.id),
    'notifications.create': ({ body }) => sql.transaction().execute((transaction) => createRule(transaction, body, now())),
    'notifications.update': ({ params, body }) => sql.transaction().execute((transaction) => updateRule(transaction, params.id, body)),
    'notifications.delete': async ({ params }) => {
      await deleteRule(sql, params.id);
      return { ok: true };
    },
    'notifications.deliveries': async ({ params, query }) => {
      await getRule(sql, params.id);
      return { items: await listDeliveries(sql, params.id, query) };
    },
  };
}
