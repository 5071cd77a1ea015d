/**
 * Whether a machine that says who it is may have a key. Pure but for the password check.
 *
 * Approval admits the device: once an administrator has approved (or imported) it, it is approved for later runs too. The approval
 * itself belongs to the boot that waited for it, known by its claim: another machine with the same ids does not get that key, and
 * makes the device wait again when the first one is gone. A site that wants a proof at every boot asks for the password.
 */
import { isOstlerError, OstlerError, type HelloAnswer, type SiteSettings } from '@ostler/contract';
import type { AttemptLimit } from '../accounts/attempt-limit.ts';
import type { StoredDevice } from '../devices/store.ts';

/** A boot that has not asked for this long is taken for gone: its claim gives way to another. */
const claimGoneAfterMs = 60_000;
const pollSeconds = 5;

export interface Claimed {
  readonly device: StoredDevice;
  readonly claimHash: string;
  readonly nowMs: number;
}
export type Refusal = Extract<HelloAnswer, { state: 'waiting-for-approval' | 'password-required' | 'refused' }>;

/** What becomes of the claim when a machine is, or may be, the one that waits. */
export type ClaimVerdict =
  | { readonly kind: 'proven' }
  | { readonly kind: 'admitted' }
  /** It waits; its claim is the one that an approval is for. `approvalLost`: the approval was for another boot, which is gone. */
  | { readonly kind: 'waits'; readonly approvalLost: boolean }
  /** Another boot with the same ids waits or was approved: this one gets nothing. */
  | { readonly kind: 'waits-behind' };

export function judgeClaim({ device, claimHash, nowMs }: Claimed): ClaimVerdict {
  const same = device.claimHash === claimHash;
  const waitingOne = device.claimHash !== null && device.claimSeenAtMs !== null;
  if (same && !waitingOne && device.state !== 'pending') return { kind: 'proven' };
  const otherWaits = waitingOne && !same && nowMs - (device.claimSeenAtMs ?? 0) < claimGoneAfterMs;
  if (otherWaits) return { kind: 'waits-behind' };
  if (device.state === 'pending') return { kind: 'waits', approvalLost: false };
  return waitingOne && !same ? { kind: 'waits', approvalLost: true } : { kind: 'admitted' };
}

export function waitingAnswer(device: StoredDevice): Refusal {
  return { state: 'waiting-for-approval', deviceName: device.name, pollSeconds };
}

export interface PasswordCheck {
  readonly settings: { verifyTargetPassword(password: string): Promise<boolean> };
  /** By device and by address: a machine that tries, and a network that tries with made-up machines. */
  readonly attempts: AttemptLimit;
}

const refusals: ReadonlySet<string> = new Set(['PASSWORD_WRONG', 'TOO_MANY_ATTEMPTS']);

/** Null when the machine is proven: by this boot before, by the right password, or because the site asks for none. */
export async function checkPassword(
  trust: SiteSettings['trust'],
  claim: ClaimVerdict,
  asked: { readonly deviceId: string; readonly remoteAddress: string; readonly password: string | undefined },
  { settings, attempts }: PasswordCheck,
): Promise<Refusal | null> {
  if (trust !== 'password' || claim.kind === 'proven') return null;
  if (asked.password === undefined) return { state: 'password-required', wrong: false, retryAfterSeconds: 0 };
  const { deviceId, remoteAddress, password } = asked;
  try {
    await attempts.make([`device ${deviceId}`, `address ${remoteAddress}`], async () => {
      if (!(await settings.verifyTargetPassword(password))) throw new OstlerError('PASSWORD_WRONG', {});
    });
    return null;
  } catch (error) {
    if (!isOstlerError(error) || !refusals.has(error.code)) throw error;
    const wrong = error.code === 'PASSWORD_WRONG';
    return { state: 'password-required', wrong, retryAfterSeconds: wrong ? 0 : Number(error.details['seconds'] ?? 60) };
  }
}
