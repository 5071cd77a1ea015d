/** Sign-ins with a provider that were begun: each is good once and for ten minutes, at whichever server it is completed. */
import { createHash } from 'node:crypto';
import { OstlerError } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';

/** What the provider's answer is held against. */
export interface SignInChecks {
  readonly nonce: string;
  /** Of the site's own PKCE, towards the provider. */
  readonly codeVerifier: string;
}
export interface BegunSignIn {
  readonly providerId: string;
  readonly checks: SignInChecks;
}

/** Those that have ended go on the way. */
export async function keepSignIn(
  sql: Database['sql'],
  { state, providerId, returnTo, challenge, checks, expiresAtMs }: BegunSignIn & NewSignIn,
  seal: SecretSeal,
  nowMs: number,
): Promise<void> {
  const state_hash = hashOf(state);
  await sql.transaction().execute(async (transaction) => {
    const sealed_checks = await seal.seal(transaction, JSON.stringify(checks), ownerOf(state_hash));
    const row = { state_hash, provider_id: providerId, return_to: returnTo, challenge, sealed_checks, expires_at: expiresAtMs };
    await transaction.deleteFrom('provider_sign_ins').where('expires_at', '<=', nowMs).execute();
    await transaction.insertInto('provider_sign_ins').values(row).execute();
  });
}

interface NewSignIn {
  readonly state: string;
  /** Where the program that began it waits for the browser. */
  readonly returnTo: string;
  /** SHA-256 of the program's secret, in Base64url. */
  readonly challenge: string;
  readonly expiresAtMs: number;
}

/** @throws OstlerError PROVIDER_SIGN_IN_ENDED */
export async function findReturn(sql: Queries, state: string, nowMs: number): Promise<string> {
  const query = sql.selectFrom('provider_sign_ins').select('return_to').where('state_hash', '=', hashOf(state));
  const row = await query.where('expires_at', '>', nowMs).executeTakeFirst();
  if (row === undefined) throw new OstlerError('PROVIDER_SIGN_IN_ENDED', {});
  return row.return_to;
}

/** Ends it, whether the secret is right or not. @throws OstlerError PROVIDER_SIGN_IN_ENDED, for a wrong secret too */
export async function takeSignIn(
  sql: Queries,
  given: { state: string; proof: string },
  seal: SecretSeal,
  nowMs: number,
): Promise<BegunSignIn> {
  const row = await sql.deleteFrom('provider_sign_ins').where('state_hash', '=', hashOf(given.state)).returningAll().executeTakeFirst();
  const challenge = createHash('sha256').update(given.proof).digest('base64url');
  if (row === undefined || row.expires_at <= nowMs || row.challenge !== challenge) throw new OstlerError('PROVIDER_SIGN_IN_ENDED', {});
  // Safe: sealed by keepSignIn.
  const checks = JSON.parse(await seal.open(sql, row.sealed_checks, ownerOf(row.state_hash))) as SignInChecks;
  return { providerId: row.provider_id, checks };
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}

function ownerOf(stateHash: string): SealOwner {
  return `provider-sign-in/${stateHash}`;
}
