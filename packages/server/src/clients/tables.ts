/** Tables of clients. Made by migration 0029. */
import type { EnrolledClient } from '@ostler/contract';

export interface ClientTables {
  /** One a device: a new one replaces it. */
  client_keys: {
    device_id: string;
    key_hash: string;
    enrolled_at: number;
    enrolled_by: EnrolledClient['enrolledBy'];
    /** Written every ten minutes at most: a poll that finds nothing is to cost no write. */
    last_poll_at: number | null;
  };
  enrolment_tokens: {
    id: string;
    token_hash: string;
    device_id: string | null;
    created_by: string;
    created_at: number;
    expires_at: number;
  };
}
