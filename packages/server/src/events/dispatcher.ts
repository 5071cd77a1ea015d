/**
 * Sends what is in the outbox: looks for what is due, takes it, hands it to its channel and notes how that went. Each receiver by itself,
 * so that one that is slow keeps nobody waiting. An attempt whose end is not known is made again: a receiver may get a delivery twice.
 */
import { toErrorBody } from '@ostler/contract';
import type { Logger } from 'pino';
import type { Queries } from '../devices/store.ts';
import { claimDue, recordAttempt, recordHealth, subscriptionsDue, type ClaimedDelivery, type DueSubscription } from './outbox.ts';
import type { ChannelName } from './tables.ts';

/** A way of telling. */
export interface Channel {
  readonly name: ChannelName;
  /** So many deliveries of one receiver at a time. */
  readonly atOnce: number;
  /** They are one message: what was never tried goes along when the first is due, and a failure is one for all. */
  readonly gathers: boolean;
  /** @returns for each delivery in turn what went wrong; null where it has arrived. It takes less than half a minute. */
  send(subscriptionId: string, deliveries: readonly ClaimedDelivery[], signal: AbortSignal): Promise<readonly unknown[]>;
}

export interface DispatcherOptions {
  readonly sql: Queries;
  readonly channels: readonly Channel[];
  readonly now: () => number;
  readonly log: Logger;
  /** Aborts when the server stops: what is being sent then is sent again after the next start. */
  readonly stopping: AbortSignal;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #sending = new Map<string, Promise<void>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to send what is due, to every receiver that nothing is being sent to. */
  async turn(): Promise<void> {
    const { sql, channels, now, log, stopping } = this.#options;
    for (const channel of channels) {
      for (const subscription of await subscriptionsDue(sql, channel.name, now())) {
        if (stopping.aborted || this.#sending.has(subscription.id)) continue;
        const sending = this.#sendDue(channel, subscription)
          .catch((error: unknown) => log.error({ err: error, subscriptionId: subscription.id }, 'events could not be sent'))
          .finally(() => this.#sending.delete(subscription.id));
        this.#sending.set(subscription.id, sending);
      }
    }
  }

  /** Settles when nothing is being sent. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending.values());
  }

  async #sendDue(channel: Channel, { id, failing }: DueSubscription): Promise<void> {
    const { sql, now, stopping } = this.#options;
    const { atOnce, gathers } = channel;
    let limit = failing && !gathers ? 1 : atOnce;
    while (!stopping.aborted) {
      const claimed = await claimDue(sql, id, { nowMs: now(), limit, gathers });
      // A receiver that takes nothing is asked again by the next turn.
      if (claimed.length === 0 || !(await this.#attempt(channel, id, claimed))) return;
      limit = atOnce;
    }
  }

  /** @returns whether anything has arrived */
  async #attempt(channel: Channel, subscriptionId: string, claimed: readonly ClaimedDelivery[]): Promise<boolean> {
    const { sql, now, log, stopping } = this.#options;
    const errors = await channel.send(subscriptionId, claimed, stopping);
    if (stopping.aborted) return false;
    const arrived = errors.includes(null);
    for (const [index, delivery] of claimed.entries()) {
      const error = errors[index] ?? null;
      const state = await recordAttempt(sql, delivery, { error, again: true, nowMs: now() });
      const fields = { subscriptionId, deliveryId: delivery.id, event: delivery.message.type, attempts: delivery.attempts };
      if (error === null) log.debug(fields, 'event delivered');
      else if (state === 'given-up')
        log.error({ ...fields, problem: toErrorBody(error).message }, 'event given up: it could not be delivered');
      else log.warn({ ...fields, problem: toErrorBody(error).message }, 'event not delivered yet');
    }
    await recordHealth(sql, subscriptionId, arrived, now());
    return arrived;
  }
}
