/** The options of a deployment, as `create` and `set` take them. */
import { AvailableTo, DeploymentSchedule, FailureThreshold, OstlerError, type AlertThresholds, type Deployment } from '@ostler/contract';
import { text, type CommandContext, type Values } from '../command.ts';
import { resolveId } from '../resolve.ts';
import { alertOptions, alertsOf } from './alert-options.ts';

export const changeableOptions = {
  '--available <time>': 'offered from then on, such as 2026-12-01T20:00',
  '--deadline <time>': 'a required one begins by itself from then on',
  '--expires <time>': 'no run begins from then on',
  '--time-zone <zone>': 'whose clock these times are: UTC, a name such as Europe/Berlin, or device (each device’s own)',
  '--recurrence <rule>': 'the deadline comes again, for example FREQ=WEEKLY;BYDAY=SA (RFC 5545)',
  '--rerun <when>': 'where it has run, when the deadline comes again: never, always, if-failed or if-succeeded',
  '--override-windows <yes|no>': 'a required one begins outside of maintenance windows too (no)',
  '--restart-outside-windows <yes|no>': 'it restarts computers in use outside of them too (as --override-windows when it is made)',
  '--pre-download <yes|no>': 'clients fetch its content before their run, so that it begins at once (no)',
  '--randomize <minutes>': 'spread the deadline: each device has its own delay of up to this long',
  '--pause-after <failures>': 'it pauses itself after this many failed runs, if they are more than --pause-above (3), or none',
  '--pause-above <percent>': 'of the runs that have ended (10)',
  ...alertOptions,
  '--priority <priority>': 'of several that apply at once: high, normal or low',
} as const;

export const deploymentOptions = {
  '--purpose <purpose>': ['required (runs by itself where it has not run) or available (offered in the boot menu)', 'available'],
  '--available-to <who>': `${AvailableTo.options.join(', ')} (default: media-and-network-boot; clients for what begins in the installed system)`,
  '--version <n>': 'pin a version of the task sequence',
  ...changeableOptions,
  '--confirm <words>': 'where it is of high risk: the collection’s name and number of computers',
  '--debug': 'each run waits in the debugger before its first step (ostler debug)',
} as const;

interface Changes {
  readonly schedule?: DeploymentSchedule;
  readonly rerun?: Deployment['rerun'];
  readonly overrideMaintenanceWindows?: boolean;
  readonly restartOutsideWindows?: boolean;
  readonly preDownload?: boolean;
  readonly priority?: Deployment['priority'];
  readonly failureThreshold?: FailureThreshold | null;
  readonly alerts?: AlertThresholds;
}

/**
 * What was given, on top of what the schedule was; `none` takes a time away.
 * @throws OstlerError BAD_REQUEST
 */
export function changesOf(values: Values, before: Pick<Deployment, 'schedule' | 'failureThreshold' | 'alerts'> | null = null): Changes {
  const schedule = scheduleOf(values, before?.schedule);
  const rerun = text(values, 'rerun');
  const priority = text(values, 'priority');
  return {
    ...(schedule === null ? {} : { schedule }),
    // The site checks the words.
    ...(rerun === undefined ? {} : { rerun: rerun as Deployment['rerun'] }),
    ...yesOrNo(values, 'overrideWindows', 'overrideMaintenanceWindows'),
    ...yesOrNo(values, 'restartOutsideWindows', 'restartOutsideWindows'),
    ...yesOrNo(values, 'preDownload', 'preDownload'),
    ...(priority === undefined ? {} : { priority: priority as Deployment['priority'] }),
    ...thresholdOf(values, before?.failureThreshold ?? null),
    ...alertsOf(values, before?.alerts ?? null),
  };
}

/** Null: nothing of it was given. @throws OstlerError BAD_REQUEST */
function scheduleOf(values: Values, before: DeploymentSchedule | undefined): DeploymentSchedule | null {
  const minutes = text(values, 'randomize');
  const changes = {
    availableAt: timeOf(values, 'available'),
    deadlineAt: timeOf(values, 'deadline'),
    expiresAt: timeOf(values, 'expires'),
    timeZone: text(values, 'timeZone'),
    recurrence: orNone(text(values, 'recurrence')),
    randomizeMinutes: minutes === undefined ? undefined : Number(minutes),
  };
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const parsed = DeploymentSchedule.safeParse({ ...before, ...given });
  if (!parsed.success) {
    throw new OstlerError('BAD_REQUEST', {
      problem: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    });
  }
  return Object.keys(given).length === 0 ? null : parsed.data;
}

/** What `deploymentOptions` say of a task sequence and a collection. The site checks the words. */
export async function deploymentBody(context: CommandContext, [sequence, collection]: readonly [string, string], values: Values) {
  const pinned = text(values, 'version');
  return {
    taskSequenceId: await resolveId(context, 'task sequence', sequence),
    collectionId: await resolveId(context, 'collection', collection),
    purpose: text(values, 'purpose') as Deployment['purpose'],
    availableTo: text(values, 'availableTo') as AvailableTo | undefined,
    taskSequenceVersion: pinned === undefined ? null : Number(pinned),
    debug: values['debug'] === true,
    confirm: text(values, 'confirm') ?? null,
    ...changesOf(values),
  };
}

/** When it applies, in a few words: `due 2026-12-01 20:00 Europe/Berlin, FREQ=WEEKLY;BYDAY=SA`. */
export function scheduleText({ purpose, schedule }: Pick<Deployment, 'purpose' | 'schedule'>): string {
  const { availableAt, deadlineAt, expiresAt, timeZone, recurrence, randomizeMinutes } = schedule;
  const zone = timeZone === 'device' ? 'device’s time' : timeZone;
  const times = [
    ['from', availableAt],
    ['due', deadlineAt],
    ['until', expiresAt],
  ].flatMap(([word, time]) => (time ? [`${word} ${time.replace('T', ' ')}`] : []));
  if (times.length === 0) return purpose === 'required' ? 'at once' : 'always';
  const spread = randomizeMinutes === 0 ? [] : [`spread over ${randomizeMinutes} min`];
  return [`${times.join(', ')} (${zone})`, ...(recurrence === null ? [] : [recurrence]), ...spread].join(', ');
}

/** The property with what was said of it, or nothing. @throws OstlerError BAD_REQUEST */
function yesOrNo<K extends string>(values: Values, name: string, property: K): { readonly [P in K]?: boolean } {
  const word = text(values, name);
  if (word === undefined) return {};
  if (word !== 'yes' && word !== 'no') throw new OstlerError('BAD_REQUEST', { problem: `${name}: say yes or no` });
  // Safe: it is the one property of the type.
  return { [property]: word === 'yes' } as { readonly [P in K]?: boolean };
}

/** The site checks the numbers. */
function thresholdOf(values: Values, before: FailureThreshold | null): Pick<Changes, 'failureThreshold'> {
  const [after, above] = [text(values, 'pauseAfter'), text(values, 'pauseAbove')];
  if (after === undefined && above === undefined) return {};
  if (after === 'none') return { failureThreshold: null };
  const { failures, percent } = before ?? FailureThreshold.parse({});
  return { failureThreshold: { failures: Number(after ?? failures), percent: Number(above ?? percent) } };
}

/** `2026-12-01 20:00` is understood too. */
function timeOf(values: Values, name: string): string | null | undefined {
  const given = orNone(text(values, name));
  return typeof given === 'string' ? given.trim().replace(' ', 'T') : given;
}

function orNone(given: string | undefined): string | null | undefined {
  return given === 'none' ? null : given;
}
