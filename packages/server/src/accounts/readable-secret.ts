/** Secrets that people read from a screen and type: one-time passwords, recovery codes. */
import { randomBytes } from 'node:crypto';

/** For whoever signs in with it once, and then chooses another one. */
export function oneTimePassword(): string {
  return readableSecret(20);
}

/** Groups of four, five random bits a character, without characters that look alike. */
export function readableSecret(characters: number): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const text = Array.from(randomBytes(characters), (byte) => letters[byte % 32]).join('');
  return text.replaceAll(/(.{4})(?=.)/g, '$1-');
}
