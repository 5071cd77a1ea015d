/** Second factors: codes of an authenticator app and recovery codes. Who has to have one is decided in accounts.ts. */
import { OstlerError, type SecondFactor } from '@ostler/contract';
import { Secret, TOTP } from 'otpauth';
import type { Queries } from '../devices/store.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import { createAttemptLimit, type AttemptLimit } from './attempt-limit.ts';
import { readableSecret } from './readable-secret.ts';
import type { SecondFactorStore } from './second-factor-store.ts';

export interface SecondFactorSources {
  readonly store: SecondFactorStore;
  readonly sql: Queries;
  readonly seal: SecretSeal;
  readonly now: () => number;
}

const hourMs = 60 * 60 * 1000;
const stepMs = 30_000;
/** What every authenticator app can do (RFC 6238); a phone's clock may be a step off. */
const totp = { algorithm: 'SHA1', digits: 6, period: stepMs / 1000 } as const;
const window = 1;
const recoveryCodeCount = 10;

export class SecondFactors {
  readonly #store: SecondFactorStore;
  readonly #sql: Queries;
  readonly #seal: SecretSeal;
  readonly #now: () => number;
  readonly #attempts: AttemptLimit;

  constructor({ store, sql, seal, now }: SecondFactorSources) {
    this.#store = store;
    this.#sql = sql;
    this.#seal = seal;
    this.#now = now;
    // Whoever knows the password may guess: three of a million codes are right at a time, so ten tries an hour find one in some four years.
    this.#attempts = createAttemptLimit({ sql, what: 'second-factor', maxAttempts: 10, windowMs: hourMs, now });
  }

  async describe(accountId: string): Promise<SecondFactor> {
    const row = await this.#store.find(accountId);
    const recoveryCodesLeft = await this.#store.countRecoveryCodes(accountId);
    return { confirmedAt: isoTimeOrNull(row?.confirmed_at ?? null), recoveryCodesLeft };
  }

  /** Its secret, for the app. One that was never confirmed ends. @throws OstlerError SECOND_FACTOR_PRESENT */
  async enrol(account: { readonly id: string; readonly name: string }, siteName: string): Promise<{ secret: string; uri: string }> {
    const secret = new Secret({ size: 20 });
    const sealed = (sql: Queries): Promise<string> => this.#seal.seal(sql, secret.base32, ownerOf(account.id));
    if (!(await this.#store.insert(account.id, sealed, this.#now()))) throw new OstlerError('SECOND_FACTOR_PRESENT', {});
    return { secret: secret.base32, uri: new TOTP({ ...totp, secret, issuer: siteName, label: account.name }).toString() };
  }

  /** @returns recovery codes @throws OstlerError SECOND_FACTOR_ABSENT, SECOND_FACTOR_PRESENT, SECOND_FACTOR_WRONG */
  async confirm(accountId: string, code: string): Promise<string[]> {
    const row = await this.#store.find(accountId);
    if (row === undefined) throw new OstlerError('SECOND_FACTOR_ABSENT', {});
    if (row.confirmed_at !== null) throw new OstlerError('SECOND_FACTOR_PRESENT', {});
    const step = await this.#stepOf(accountId, row.sealed_secret, bare(code));
    if (step === null) throw new OstlerError('SECOND_FACTOR_WRONG', {});
    const codes = makeRecoveryCodes();
    if (await this.#store.confirm(row, step, codes.map(bare), this.#now())) return codes;
    throw new OstlerError('SECOND_FACTOR_PRESENT', {});
  }

  /**
   * Uses up a code. Each step of the app and each recovery code is good once, and none that is older than the last one.
   * @throws OstlerError SECOND_FACTOR_ABSENT, SECOND_FACTOR_WRONG, TOO_MANY_ATTEMPTS
   */
  async use(accountId: string, code: string): Promise<void> {
    const row = await this.#store.find(accountId);
    if (row === undefined || row.confirmed_at === null) throw new OstlerError('SECOND_FACTOR_ABSENT', {});
    await this.#attempts.make([accountId], async () => {
      if (!(await this.#isUsable(accountId, row.sealed_secret, bare(code)))) throw new OstlerError('SECOND_FACTOR_WRONG', {});
    });
  }

  /** In place of those that there are. @throws OstlerError as `use` does */
  async renewRecoveryCodes(accountId: string, code: string): Promise<string[]> {
    await this.use(accountId, code);
    const codes = makeRecoveryCodes();
    await this.#store.replaceRecoveryCodes(accountId, codes.map(bare));
    return codes;
  }

  async #isUsable(accountId: string, sealedSecret: string, code: string): Promise<boolean> {
    if (!/^\d{6}$/.test(code)) return this.#store.useRecoveryCode(accountId, code);
    const step = await this.#stepOf(accountId, sealedSecret, code);
    return step !== null && this.#store.useStep(accountId, step);
  }

  /** The step that the code is of, counted from 1970; null for a wrong one. */
  async #stepOf(accountId: string, sealedSecret: string, token: string): Promise<number | null> {
    const secret = Secret.fromBase32(await this.#seal.open(this.#sql, sealedSecret, ownerOf(accountId)));
    const timestamp = this.#now();
    const delta = TOTP.validate({ ...totp, token, secret, timestamp, window });
    return delta === null ? null : Math.floor(timestamp / stepMs) + delta;
  }
}

function ownerOf(accountId: string): SealOwner {
  return `account/${accountId}/second-factor`;
}

function makeRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, () => readableSecret(16));
}

/** As it is compared: people type blanks, dashes and capitals. */
function bare(code: string): string {
  return code.replaceAll(/[\s-]/g, '').toLowerCase();
}
