/**
 * The client: the agent as a resident of an installed system. It proves itself once and gets a key of its own; with that it asks the site
 * for policy again and again, and for what may be begun there. A run that it begins has a key of the run, as every run.
 */
import { z } from 'zod';
import { Hello, helloRefusals, MenuEntry } from './agent.ts';
import { Id, Name, Sha256, SizeBytes, Timestamp } from './common.ts';
import { PreDownload } from './pre-download.ts';
import { RunState, WindowWait } from './run.ts';
import { Environment } from './step-options/index.ts';

export const EnrolClient = z.strictObject({
  facts: Hello.shape.facts,
  /** The name that the system has: what a computer is called that a token brings into the site. */
  computerName: z.string().max(255),
  /** A random value made for this enrolment: asking again with the same one is the same computer. */
  claim: Hello.shape.claim,
  password: Hello.shape.password,
  /** Made by an administrator, good for one computer; in place of the site's own way of trust. */
  token: z.string().min(1).max(200).optional(),
});
export type EnrolClient = z.output<typeof EnrolClient>;

export const EnrolAnswer = z.discriminatedUnion('state', [
  ...helloRefusals,
  z.strictObject({ state: z.literal('enrolled'), deviceId: Id, deviceName: z.string(), siteName: z.string(), key: z.string() }),
]);
export type EnrolAnswer = z.output<typeof EnrolAnswer>;

/** What a client is to do. Not strict: a client that is older than the site must still learn that there is a newer one. */
export const ClientPolicy = z.object({
  /** When to ask next: what the site is set to, a little more or less for each, so that computers that started together do not ask together. */
  pollSeconds: z.number().positive(),
  /** What is to be run now, or to be gone on with, with a key for it. */
  run: z
    .object({
      runId: Id,
      key: z.string(),
      /** boot-image: the run goes on there, which the computer has to be restarted into. */
      environment: Environment,
    })
    .nullable(),
  /** The client's program as this site has it. */
  agent: z.object({ sha256: Sha256 }),
  /** Content of runs to come, the soonest first. A site that is older than the client says nothing of it. */
  preDownloads: z.array(PreDownload).default([]),
  /** How much of it may be on the computer's disk. */
  cacheLimitBytes: SizeBytes.default(0),
});
export type ClientPolicy = z.output<typeof ClientPolicy>;

/** What may be begun on the computer itself. */
export const ClientDeployment = z.strictObject({
  ...MenuEntry.shape,
  startsIn: Environment,
  /** How it ended there last; null: it has not run there. */
  lastRun: RunState.nullable(),
});
export type ClientDeployment = z.output<typeof ClientDeployment>;
export const ClientOffer = z.strictObject({
  siteName: Name,
  deviceName: z.string(),
  /** The task sequence that runs now. */
  running: z.string().nullable(),
  /** Its restart waits for a maintenance window; null: it does not. */
  waitsForWindow: WindowWait.nullable(),
  items: z.array(ClientDeployment),
});
export type ClientOffer = z.output<typeof ClientOffer>;

/** The system on this computer's disk is a new one: the key of the client before it ends. */
export const SetUpClient = z.strictObject({
  /** The new system gets a client of its own. */
  keep: z.boolean(),
});
export const SetUpClientAnswer = z.strictObject({ key: z.string().nullable() });

/** What the site knows of a client. */
export const EnrolledClient = z.strictObject({
  /** The device's. */
  id: Id,
  deviceName: z.string(),
  enrolledAt: Timestamp,
  /** How it proved itself. */
  enrolledBy: z.enum(['token', 'trust', 'deployment']),
  /** To about ten minutes. */
  lastPollAt: Timestamp.nullable(),
});
export type EnrolledClient = z.output<typeof EnrolledClient>;

/** Lets one computer enrol without any other proof; gone with its use. */
export const EnrolmentToken = z.strictObject({
  id: Id,
  /** The only device that it is for; null: any computer, which becomes one of the site's. */
  deviceId: Id.nullable(),
  deviceName: z.string().nullable(),
  createdBy: z.string(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
});
export type EnrolmentToken = z.output<typeof EnrolmentToken>;
export const CreateEnrolmentToken = z.strictObject({
  deviceId: Id.nullable().default(null),
  hours: z.number().min(1).max(720).default(24),
});
/** The token is shown once. */
export const CreatedEnrolmentToken = EnrolmentToken.extend({ token: z.string() });
