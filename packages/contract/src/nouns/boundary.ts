/** Boundaries and boundary groups: where a computer is, and so where its content comes from (feature map §1.11). */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { UnknownComputers } from './device.ts';

/** A thing that a list names. */
const Named = z.strictObject({ id: Id, name: Name });

/** `10.1.0.0/16`, `2001:db8:1::/48`, `10.1.2.10-10.1.2.99`, or one address. */
export const AddressRangeText = z.string().trim().min(2).max(100);

export const CreateBoundary = z.strictObject({
  /** Without it the addresses are its name. */
  name: Name.optional(),
  addresses: AddressRangeText,
});

/** Addresses of a part of the network. It means something in a group only. */
export const Boundary = z.strictObject({
  id: Id,
  name: Name,
  kind: z.enum(['subnet', 'range']),
  addresses: AddressRangeText,
  groups: z.array(Named),
  /** Other boundaries that have some of the same addresses. That is allowed: the narrower one decides. */
  overlaps: z.array(Named.extend({ addresses: AddressRangeText })),
  createdAt: Timestamp,
});
export type Boundary = z.output<typeof Boundary>;

/**
 * After how many minutes a computer would turn to a neighbour; null is never. A task sequence does not wait: there the times say in which
 * order neighbours are tried, and `null` that one is not tried at all (as Configuration Manager does since 1810).
 */
export const FallbackMinutes = z.number().int().min(0).max(1440).nullable();

export const CreateBoundaryGroup = z.strictObject({ name: Name, description: z.string().max(2000).default('') });

/** Computers whose addresses are in its boundaries, and where they get content: here first, then from neighbours. */
export const BoundaryGroup = z.strictObject({
  id: Id,
  name: Name,
  description: z.string(),
  /** What unknown computers get that call from here; null: what the site says. */
  unknownComputers: UnknownComputers.nullable(),
  boundaries: z.array(Named.extend({ addresses: AddressRangeText })),
  /** One way: that this group falls back to another says nothing of the other. */
  neighbours: z.array(Named.extend({ fallbackMinutes: FallbackMinutes })),
  distributionPoints: z.array(Named),
  createdAt: Timestamp,
});
export type BoundaryGroup = z.output<typeof BoundaryGroup>;
/** What is not given stays as it is. */
export const UpdateBoundaryGroup = z.strictObject({
  description: z.string().max(2000).optional(),
  unknownComputers: BoundaryGroup.shape.unknownComputers.optional(),
});
export type UpdateBoundaryGroup = z.output<typeof UpdateBoundaryGroup>;

/** A place that content can come from. */
export const ContentSourcePlace = z.strictObject({
  kind: z.enum(['site', 'distribution-point']),
  /** null: the site itself. */
  id: Id.nullable(),
  name: z.string(),
  url: z.url(),
  /** Why it stands here. */
  reason: z.string(),
});
export type ContentSourcePlace = z.output<typeof ContentSourcePlace>;

/** Where a computer with this address gets content, and why. */
export const LocationExplanation = z.strictObject({
  address: z.string(),
  /** Every boundary that has the address, the narrowest first. */
  boundaries: z.array(
    Named.extend({
      addresses: AddressRangeText,
      /** Whether it is one of those that decide. */
      decides: z.boolean(),
      reason: z.string(),
    }),
  ),
  /** The computer's own. Empty: the site's default group, which has the site alone. */
  groups: z.array(Named),
  /** Those that content may come from if the own groups have none, in order; with those that are never asked. */
  neighbours: z.array(Named.extend({ fallbackMinutes: FallbackMinutes, of: z.string() })),
  /** What it gets when the site does not know it. `decidedBy`: the group that says so; null: the site. */
  unknownComputers: z.strictObject({ policy: UnknownComputers, decidedBy: Named.nullable() }),
  /** In the order to be tried. */
  sources: z.array(ContentSourcePlace),
  /** Distribution points of the groups and neighbours that are not asked, and why. */
  leftOut: z.array(z.strictObject({ id: Id, name: Name, reason: z.string() })),
});
export type LocationExplanation = z.output<typeof LocationExplanation>;
