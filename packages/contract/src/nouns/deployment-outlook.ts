/** Who would get a deployment now, and why or why not. */
import { z } from 'zod';
import { Id, Timestamp } from './common.ts';
import { DeploymentRisk } from './deployment.ts';

/** begins: by itself, at the next boot; offered: in the menu; later: not before `at`; not: never, as things are. */
export const Outcome = z.enum(['begins', 'offered', 'later', 'not']);
export type Outcome = z.output<typeof Outcome>;

/** Every reason, as people read it. */
export const outlookReasons = {
  due: 'it is required, and has not run there',
  'in-menu': 'a person there may choose it',
  'before-deadline': 'its deadline has not come',
  'outside-window': 'it does not fit into a maintenance window now',
  'no-window': 'no maintenance window is long enough for it',
  'before-available': 'it is not available yet',
  running: 'a run goes on there, and comes first',
  ran: 'it has run there',
  expired: 'it has expired',
  blocked: 'the computer is blocked',
  pending: 'the computer waits for approval',
  unknown: 'the site does not deploy to unknown computers',
  'no-client': 'its installed system has no client',
  hidden: 'it is hidden, and SMSTSPreferredAdvertID does not name it there',
  'site-server': 'it is one of the site’s own servers',
  obstacle: 'the task sequence cannot begin',
  content: 'content is missing at the site',
  paused: 'the deployment is paused',
} as const;
export const OutlookReason = z.enum(Object.keys(outlookReasons) as (keyof typeof outlookReasons)[]);
export type OutlookReason = z.output<typeof OutlookReason>;

const Judgement = { outcome: Outcome, reason: OutlookReason };

export const DeploymentOutlook = z.strictObject({
  taskSequenceName: z.string(),
  collectionName: z.string(),
  /** The members of the collection. */
  deviceCount: z.number().int().nonnegative(),
  /** It also applies to every computer that the site does not know yet. */
  includesUnseen: z.boolean(),
  /** What stands in its way on every device: the obstacle of its task sequence, missing content. */
  problems: z.array(z.string()),
  risk: DeploymentRisk,
  summary: z.array(z.strictObject({ ...Judgement, deviceCount: z.number().int().positive() })),
  /** By name; a page. */
  devices: z.array(
    z.strictObject({
      deviceId: Id,
      deviceName: z.string(),
      ...Judgement,
      /** When it begins by itself, or is offered from; null: now, never, or not known. */
      at: Timestamp.nullable(),
    }),
  ),
  /** What the next page is asked for with; null: this is the last one. */
  next: z.string().nullable(),
});
export type DeploymentOutlook = z.output<typeof DeploymentOutlook>;
