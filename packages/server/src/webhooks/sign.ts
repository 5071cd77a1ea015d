/** The signature of a webhook, as Standard Webhooks 1.0 has it: a receiver verifies it with a library of that name. */
import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretBytes = 32;

export function newSecret(): string {
  return prefix + randomBytes(secretBytes).toString('base64');
}

export interface SignedParts {
  /** The same at every attempt: a receiver that knows it already has had this delivery. */
  readonly id: string;
  /** Of this attempt: a receiver takes no old ones. */
  readonly atMs: number;
  readonly body: string;
}

/** The three headers. With several secrets there are several signatures: one that fits is enough for the receiver. */
export function signatureHeaders({ id, atMs, body }: SignedParts, secrets: readonly string[]): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
