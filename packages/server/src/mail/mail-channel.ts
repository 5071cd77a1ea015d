/** Tells people by e-mail: what happened within a rule's time is one message, so that a deployment that fails everywhere fills no mailbox. */
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import type { Channel } from '../events/dispatcher.ts';
import { describeEvents } from './describe-event.ts';
import { getRule } from './rule-store.ts';
import type { SendMail } from './send-mail.ts';
import { openMailServer } from './server-store.ts';

export interface MailChannelOptions {
  readonly sql: Queries;
  readonly seal: SecretSeal;
  readonly sendMail: SendMail;
  readonly settings: { get(): Promise<{ readonly name: string }> };
}

export function createMailChannel({ sql, seal, sendMail, settings }: MailChannelOptions): Channel {
  const send = async (ruleId: string, messages: Parameters<typeof describeEvents>[0], signal: AbortSignal): Promise<unknown> => {
    try {
      const { recipients } = await getRule(sql, ruleId);
      const { subject, text } = describeEvents(messages, (await settings.get()).name);
      await sendMail(await openMailServer(sql, seal), { to: recipients, subject, text }, signal);
      return null;
    } catch (error) {
      return error;
    }
  };
  return {
    name: 'notification',
    atOnce: 1000,
    gathers: true,
    send: async (ruleId, deliveries, signal) => {
      const error = await send(
        ruleId,
        deliveries.map(({ message }) => message),
        signal,
      );
      return deliveries.map(() => error);
    },
  };
}
