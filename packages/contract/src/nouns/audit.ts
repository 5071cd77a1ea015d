/** The audit log: who did what to what, from where, and how it ended. */
import { z } from 'zod';
import { Id, Sha256, Timestamp } from './common.ts';

/** `interrupted`: the server died in the middle, and whether it was done is not known. */
export const AuditResult = z.enum(['done', 'refused', 'failed', 'interrupted']);
export type AuditResult = z.output<typeof AuditResult>;

export const AuditEntry = z.strictObject({
  /** Rises by one with each entry. */
  number: z.number().int().positive(),
  at: Timestamp,
  /** `system`: nobody was signed in, as at a sign-in that failed. */
  actorKind: z.enum(['person', 'machine', 'system']),
  /** The account or the device; the name that was tried at a sign-in. */
  actorId: z.string().nullable(),
  actorName: z.string(),
  address: z.string(),
  /**
   * The route of the API: `devices.update`. `audit.remove`: retention removed older entries, `request` says up to which. `accounts.recover`:
   * somebody with the server's own files let an account in again.
   */
  operation: z.string(),
  objectId: z.string().nullable(),
  result: AuditResult,
  /** The error's code, where it was not done. */
  errorCode: z.string().nullable(),
  /** What was asked for, without secrets. */
  request: z.record(z.string(), z.unknown()),
  /** What changed: property to its value before and after. Of what was deleted, all that it was. */
  changes: z.record(z.string(), z.strictObject({ before: z.unknown(), after: z.unknown() })),
  previousHash: Sha256,
  /** Of everything above. */
  hash: Sha256,
});
export type AuditEntry = z.output<typeof AuditEntry>;

export const AuditQuery = z.strictObject({
  /** The account's or device's name. */
  actor: z.string().max(200).optional(),
  objectId: Id.optional(),
  operation: z.string().max(100).optional(),
  result: AuditResult.optional(),
  since: Timestamp.optional(),
  until: Timestamp.optional(),
  /** The `next` of the page before. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export type AuditQuery = z.output<typeof AuditQuery>;
/** Newest first. */
export const AuditPage = z.strictObject({ items: z.array(AuditEntry), next: z.number().int().nullable() });

export const AuditVerification = z.strictObject({
  intact: z.boolean(),
  entries: z.number().int().nonnegative(),
  /** The newest entry that retention removed; 0: none was. */
  removedThrough: z.number().int().nonnegative(),
  /** Of the newest entry. Kept elsewhere, it shows later that nothing was rewritten. */
  headHash: Sha256,
  /** The first entry that does not fit, and what is wrong with it. */
  problem: z.strictObject({ number: z.number().int(), kind: z.enum(['changed', 'removed', 'inserted']) }).nullable(),
});
export type AuditVerification = z.output<typeof AuditVerification>;
