/** Distribution points: other places that have the site's content (feature map §1.10), and what they and the site say to each other. */
import { z } from 'zod';
import { Id, Name, Sha256, SizeBytes, Timestamp } from './common.ts';
import { ContentUser } from './content-user.ts';

/** Content objects: what can be chosen for a distribution point. */
export const ContentObjectKind = z.enum(['image', 'package']);
export type ContentObjectKind = z.output<typeof ContentObjectKind>;

const settings = {
  name: Name,
  /** How computers reach it: `https://dp1.example:8443`. Its certificate is for this name. */
  url: z
    .url({ protocol: /^https$/ })
    .max(300)
    .transform((url) => url.replace(/\/+$/, '')),
  /** all: whatever the site has; chosen: the objects that it was given. */
  assignment: z.enum(['all', 'chosen']),
  /** So much of its disk stays free. */
  spaceReserveBytes: SizeBytes,
  /** The fastest that it pulls from the site; null: as fast as it goes. */
  pullBytesPerSecond: z.number().int().min(16_384).nullable(),
  /** How long content stays that is no longer wanted. */
  graceHours: z.number().min(0).max(8760),
} as const;

export const CreateDistributionPoint = z.strictObject({
  ...settings,
  assignment: settings.assignment.default('all'),
  spaceReserveBytes: settings.spaceReserveBytes.default(1024 ** 3),
  pullBytesPerSecond: settings.pullBytesPerSecond.default(null),
  graceHours: settings.graceHours.default(24),
});
export type CreateDistributionPoint = z.output<typeof CreateDistributionPoint>;
export const UpdateDistributionPoint = z.strictObject(settings).omit({ url: true }).partial();
export type UpdateDistributionPoint = z.output<typeof UpdateDistributionPoint>;

/** waiting: it has not enrolled yet; silent: it has, and was not heard of for some minutes. */
export const DistributionPointState = z.enum(['waiting', 'healthy', 'silent', 'revoked']);
export type DistributionPointState = z.output<typeof DistributionPointState>;

/** missing: not all of it has arrived; failed: the last try ended with a problem, and another one follows. */
export const PlacedContentState = z.enum(['present', 'missing', 'failed']);
export type PlacedContentState = z.output<typeof PlacedContentState>;

const ChosenObject = z.strictObject({ kind: ContentObjectKind, id: Id, name: z.string() });

export const DistributionPoint = z.strictObject({
  id: Id,
  ...settings,
  url: z.url(),
  state: DistributionPointState,
  groups: z.array(z.strictObject({ id: Id, name: Name })),
  /** What it was given, where it does not get everything. */
  chosen: z.array(ChosenObject),
  /** Pieces of content that it should have. */
  content: z.strictObject({
    present: z.number().int(),
    missing: z.number().int(),
    failed: z.number().int(),
    /** Still to be pulled. */
    missingBytes: SizeBytes,
  }),
  freeBytes: SizeBytes.nullable(),
  enrolledAt: Timestamp.nullable(),
  lastSeenAt: Timestamp.nullable(),
  createdAt: Timestamp,
});
export type DistributionPoint = z.output<typeof DistributionPoint>;

/** One piece of content that a distribution point should have. */
export const PlacedContent = z.strictObject({
  sha256: Sha256,
  sizeBytes: SizeBytes,
  receivedBytes: SizeBytes,
  state: PlacedContentState,
  problem: z.string().nullable(),
  /** When it was read and verified last. */
  verifiedAt: Timestamp.nullable(),
  /** The images and packages that it belongs to. */
  objects: z.array(ChosenObject),
});
export type PlacedContent = z.output<typeof PlacedContent>;

/** Where an image, a package in its newest version, or the package of an application is, and what uses it. */
export const ContentDistribution = z.strictObject({
  object: ChosenObject.extend({ kind: z.enum([...ContentObjectKind.options, 'application']) }),
  sha256: Sha256,
  sizeBytes: SizeBytes,
  /** The distribution points that should have it. The site has it anyway. */
  points: z.array(
    z.strictObject({
      id: Id,
      name: Name,
      pointState: DistributionPointState,
      state: PlacedContentState,
      receivedBytes: SizeBytes,
      problem: z.string().nullable(),
      verifiedAt: Timestamp.nullable(),
    }),
  ),
  /** Still to be pulled, over all of them. */
  missingBytes: SizeBytes,
  usedBy: z.array(ContentUser),
});
export type ContentDistribution = z.output<typeof ContentDistribution>;

/** What a new distribution point is started with: once, within its time, by whoever has it. */
export const EnrolmentTicket = z.strictObject({
  distributionPointId: Id,
  name: Name,
  url: z.url(),
  siteUrl: z.url(),
  caPem: z.string(),
  token: z.string(),
  expiresAt: Timestamp,
});
export type EnrolmentTicket = z.output<typeof EnrolmentTicket>;

/** A request for a certificate (PKCS #10, PEM): the key stays where it was made. */
const CertificateRequest = z.string().min(100).max(10_000);
export const EnrolDistributionPoint = z.strictObject({
  token: z.string().max(200),
  /** Null: it has a certificate of its own, from the CA that computers trust. */
  certificateRequest: CertificateRequest.nullable(),
});
/** The key is what it calls the site with; there is a certificate where one was asked for. */
export const EnrolledDistributionPoint = z.strictObject({ distributionPointId: Id, key: z.string(), certificate: z.string().nullable() });
export const RenewCertificate = z.strictObject({ certificateRequest: CertificateRequest });
export const RenewedCertificate = z.strictObject({ certificate: z.string() });

/** Numbers that an administrator's orders raise: a place that has carried out a lower one has something to do. */
const orders = { fetchOrder: z.number().int().nonnegative(), validateOrder: z.number().int().nonnegative() } as const;

/** What a distribution point has. */
export const SyncReport = z.strictObject({
  freeBytes: SizeBytes,
  content: z
    .array(
      z.strictObject({
        sha256: Sha256,
        state: PlacedContentState,
        receivedBytes: SizeBytes,
        problem: z.string().max(500).nullable(),
        verifiedAt: Timestamp.nullable(),
        ...orders,
      }),
    )
    .max(50_000),
});
export type SyncReport = z.output<typeof SyncReport>;

/** What it should have. */
export const SyncAnswer = z.strictObject({
  name: Name,
  spaceReserveBytes: settings.spaceReserveBytes,
  pullBytesPerSecond: settings.pullBytesPerSecond,
  graceHours: settings.graceHours,
  /** Ed25519, PEM: what verifies the tokens that computers show. */
  contentTokenKey: z.string(),
  /** The site's clock: tokens end by it. */
  siteTime: Timestamp,
  content: z.array(z.strictObject({ sha256: Sha256, sizeBytes: SizeBytes, ...orders })),
});
export type SyncAnswer = z.output<typeof SyncAnswer>;

/** Where a run gets a piece of content, in the order to be tried. */
export const ContentSources = z.strictObject({
  sources: z.array(
    z.strictObject({
      /** A distribution point's name, or `the site`. */
      name: z.string(),
      /** Of this very piece. */
      url: z.url(),
      /** What a distribution point wants to see, for some minutes; null: the run's own key. */
      token: z.string().nullable(),
    }),
  ),
});
export type ContentSources = z.output<typeof ContentSources>;
