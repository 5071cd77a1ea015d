/** Tables of the site itself: accounts and how they sign in, jobs, settings. */
import type { JobKind, JobState } from '@ostler/contract';

export interface SiteTables {
  accounts: {
    id: string;
    name: string;
    password_hash: string;
    must_change_password: 0 | 1;
    disabled: 0 | 1;
    created_at: number;
  };
  sessions: {
    id: string;
    account_id: string;
    token_hash: string;
    address: string;
    created_at: number;
    last_used_at: number;
    expires_at: number;
  };
  /** One that was not confirmed yet counts for nothing. */
  second_factors: {
    account_id: string;
    /** Base32, sealed. */
    sealed_secret: string;
    created_at: number;
    confirmed_at: number | null;
    /** The newest 30-second step, counted from 1970, of which a code was used. */
    last_step: number;
  };
  /** What counts against a limit until then, tries that failed and sign-ins that were begun elsewhere: `key` is what was tried and of what. */
  failed_attempts: { key: string; expires_at: number };
  /** Those that were not used. */
  recovery_codes: { account_id: string; code_hash: string };
  api_tokens: {
    id: string;
    account_id: string;
    name: string;
    token_hash: string;
    created_at: number;
    expires_at: number | null;
    last_used_at: number | null;
    /** JSON of Permission[] and of ids; null for all. */
    permissions: string | null;
    collection_ids: string | null;
  };
  /** One row, `id` = `site`. `settings` is JSON of SiteSettings. */
  site_settings: { id: 'site'; settings: string; target_password_hash: string | null };
  jobs: {
    id: string;
    /** Rises with each job: the order they were asked for, which equal times would not show. */
    number: number;
    kind: JobKind;
    state: JobState;
    subject: string;
    /** JSON of JobPayloads[kind]. */
    payload: string;
    /** JSON of Progress, of the result, of ErrorBody. */
    progress: string | null;
    result: string | null;
    error: string | null;
    created_at: number;
    started_at: number | null;
    ended_at: number | null;
    /** The server that runs it, or ran it last. */
    server_id: string | null;
    /** 1: the server that runs it is to cancel it. */
    cancel_requested: 0 | 1;
    /** The span of the request that made it, as a `traceparent` header says it; null: no request did, or nothing was traced. */
    trace_parent: string | null;
  };
}
