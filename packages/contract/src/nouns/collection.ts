/** Collections: who is in them by which rules, and why (feature map §1.8). */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { Device } from './device.ts';
import { DeviceDocument } from './device-document.ts';

/** The two collections every site has; their membership is computed, not stored. */
export const builtInCollections = { allSystems: 'all-systems', allUnknownComputers: 'all-unknown-computers' } as const;

/** A CEL expression over a device that answers true or false. */
export const CollectionQuery = z.string().trim().min(1).max(4000);

/** What queries see: the device with its own variables that are not secret. */
export const QueriedDevice = DeviceDocument.extend({ variables: z.record(z.string(), z.string()) });
export type QueriedDevice = z.output<typeof QueriedDevice>;

const Priority = z.number().int().min(1).max(9);

export const Collection = z.strictObject({
  id: Id,
  name: Name,
  /** Between collections that set the same variable, the higher priority wins. */
  priority: Priority,
  builtIn: z.boolean(),
  /** Its members are members of this one too; null for the built-in collections. */
  limitingCollectionId: Id.nullable(),
  limitingCollectionName: Name.nullable(),
  memberCount: z.number().int().nonnegative(),
  /** When its rules were last asked of every device, and how long that took; null: not yet, or it is computed. */
  evaluatedAt: Timestamp.nullable(),
  evaluationMs: z.number().nonnegative().nullable(),
  /** On how many devices a query had no answer then: what it asks for is not there. They are no members by it. */
  unansweredCount: z.number().int().nonnegative(),
  createdAt: Timestamp,
});
export type Collection = z.output<typeof Collection>;

export const UpdateCollection = z.strictObject({
  name: Name.optional(),
  priority: Priority.optional(),
  limitingCollectionId: Id.optional(),
});
export const CollectionMember = z.strictObject({ id: Id, deviceId: Id });

/** include and exclude take the members of another collection; exclude wins over everything. */
export const NewCollectionRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('direct'), deviceId: Id }),
  z.strictObject({ kind: z.literal('query'), query: CollectionQuery }),
  z.strictObject({ kind: z.literal('include'), collectionId: Id }),
  z.strictObject({ kind: z.literal('exclude'), collectionId: Id }),
]);
export type NewCollectionRule = z.output<typeof NewCollectionRule>;

export const CreateCollection = z.strictObject({
  name: Name,
  priority: Priority.default(1),
  limitingCollectionId: Id.default(builtInCollections.allSystems),
  rules: z.array(NewCollectionRule).max(1000).default([]),
});

const withId = { id: Id };
export const CollectionRule = z.discriminatedUnion('kind', [
  z.strictObject({ ...withId, kind: z.literal('direct'), deviceId: Id, deviceName: Name }),
  z.strictObject({ ...withId, kind: z.literal('query'), query: z.string() }),
  z.strictObject({ ...withId, kind: z.literal('include'), collectionId: Id, collectionName: Name }),
  z.strictObject({ ...withId, kind: z.literal('exclude'), collectionId: Id, collectionName: Name }),
]);
export type CollectionRule = z.output<typeof CollectionRule>;
export const CollectionRuleParams = z.strictObject({ id: Id, ruleId: Id });

export const PreviewCollection = z.strictObject({
  query: CollectionQuery,
  limitingCollectionId: Id.default(builtInCollections.allSystems),
  /** How many of the members are shown. */
  limit: z.number().int().min(0).max(500).default(50),
});
/** What a query would find now. Nothing is saved. */
export const CollectionPreview = z.strictObject({
  memberCount: z.number().int().nonnegative(),
  /** Of how many devices: the members of the limiting collection. */
  askedCount: z.number().int().nonnegative(),
  /** Where it had no answer, and why not on the first of them. */
  unansweredCount: z.number().int().nonnegative(),
  unansweredReason: z.string().nullable(),
  members: z.array(Device),
});
export type CollectionPreview = z.output<typeof CollectionPreview>;

/** One thing that decides about a device: the limiting collection, or a rule. */
export const MembershipReason = z.strictObject({
  kind: z.enum(['state', 'limiting', 'direct', 'query', 'include', 'exclude']),
  /** The query, the name of the other collection, or the state of the device. */
  text: z.string(),
  /** Null: the query has no answer for this device. */
  holds: z.boolean().nullable(),
  /** Why a query has no answer; empty otherwise. */
  problem: z.string(),
});
export type MembershipReason = z.output<typeof MembershipReason>;
export const MembershipExplanation = z.strictObject({
  deviceName: Name,
  collectionName: Name,
  isMember: z.boolean(),
  /** Outside of the limiting collection, or excluded, nothing else counts; otherwise one rule that holds is enough. */
  reasons: z.array(MembershipReason),
  /** What queries see of the device. */
  document: QueriedDevice,
});
export type MembershipExplanation = z.output<typeof MembershipExplanation>;

/** Null: all of them. */
export const EvaluateCollections = z.strictObject({ collectionId: Id.nullable().default(null) });
