/** The second factor of an account: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for the day it is lost. */
import { z } from 'zod';
import { Timestamp } from './common.ts';

/** Six digits of the app, or a recovery code. Blanks and dashes do not matter. */
export const SecondFactorCode = z.string().min(1).max(50);
const password = z.string().max(200);

export const SecondFactor = z.strictObject({
  /** Since when the sign-in asks for a code; null while it does not. */
  confirmedAt: Timestamp.nullable(),
  recoveryCodesLeft: z.number().int().nonnegative(),
});
export type SecondFactor = z.output<typeof SecondFactor>;

export const EnrolSecondFactor = z.strictObject({ password });
/** Shown once. The sign-in asks for no code until one was confirmed. */
export const EnrolledSecondFactor = z.strictObject({
  /** In Base32, to be typed into an app. */
  secret: z.string(),
  /** The same as an address that apps read from a QR code: `otpauth://totp/…`. */
  uri: z.string(),
});
export const ConfirmSecondFactor = z.strictObject({ code: SecondFactorCode });
export const RemoveSecondFactor = z.strictObject({ password, code: SecondFactorCode });
/** Each lets in once. They are shown once, and those before them end. */
export const RecoveryCodes = z.strictObject({ recoveryCodes: z.array(z.string()) });
