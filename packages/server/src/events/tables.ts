/** Tables of events, who is told of them, and how far that is. Times are milliseconds since 1970. */
import type { DeliveryState, EventMessage } from '@ostler/contract';

/** How somebody is told. */
export type ChannelName = 'webhook' | 'notification';

export interface EventTables {
  /** Who is told of which events. `events` and `collection_ids` are JSON lists; null for everything. */
  subscriptions: {
    id: string;
    channel: ChannelName;
    name: string;
    events: string | null;
    collection_ids: string | null;
    enabled: 0 | 1;
    /** How long an event waits before it is told. */
    delay_ms: number;
    /** Since when every attempt has failed. */
    failing_since: number | null;
    created_at: number;
  };
  /** Only what somebody is told of. `data` is JSON, as the contract's table of kinds says. */
  events: { id: string; kind: EventMessage['type']; at: number; data: string };
  /** The outbox: an event for one receiver. `error` is JSON of ErrorBody. */
  deliveries: {
    id: string;
    subscription_id: string;
    event_id: string;
    state: DeliveryState;
    /** Counted when one begins. */
    attempts: number;
    /** While one goes on: when it is taken for lost. */
    next_attempt_at: number;
    last_attempt_at: number | null;
    error: string | null;
    created_at: number;
  };
}
