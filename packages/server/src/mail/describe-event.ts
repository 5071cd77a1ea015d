/** Events in words, for people: a sentence each, and a whole message of many. */
import { alertText, type EventData, type EventKind, type EventMessage } from '@ostler/contract';

type Sentences = { readonly [K in EventKind]: (data: EventData<K>) => string };

const sentences: Sentences = {
  'run.begun': ({ run }) => `${run.deviceName}: ${run.taskSequenceName} has begun`,
  'run.succeeded': ({ run }) => `${run.deviceName}: ${run.taskSequenceName} has succeeded`,
  'run.failed': ({ run, failure }) => `${run.deviceName}: ${run.taskSequenceName} has failed${failure === null ? '' : placeOf(failure)}`,
  'run.cancelled': ({ run }) => `${run.deviceName}: ${run.taskSequenceName} was cancelled`,
  'deployment.paused': ({ deployment, reason, by }) => {
    const who = by === null ? 'has paused itself' : `was paused by ${by}`;
    return `${deployment.taskSequenceName} to ${deployment.collectionName} ${who}${reason === '' ? '' : `: ${reason}`}`;
  },
  'deployment.finished': ({ deployment, succeeded, failed, cancelled }) => {
    const counts = `${succeeded} succeeded, ${failed} failed, ${cancelled} cancelled`;
    return `${deployment.taskSequenceName} to ${deployment.collectionName} has finished: ${counts}`;
  },
  'deployment.alert-raised': ({ deployment, alert }) =>
    `Alert: ${deployment.taskSequenceName} to ${deployment.collectionName}: ${alertText(alert)}`,
  'deployment.alert-cleared': ({ deployment, alert }) =>
    `No alert any more: ${deployment.taskSequenceName} to ${deployment.collectionName}; when it was raised, ${alertText(alert)}`,
  'device.waiting': ({ device }) => `${device.name} waits for approval`,
  'device.approved': ({ device }) => `${device.name} was approved`,
  'distribution-point.lost': ({ distributionPoint }) => `The distribution point ${distributionPoint.name} is not heard of any more`,
  'distribution-point.found': ({ distributionPoint }) => `The distribution point ${distributionPoint.name} is heard of again`,
  'backup.succeeded': ({ job }) => `The backup ${job.subject} is written`,
  'backup.failed': ({ job, code }) => `The backup ${job.subject} has failed${code === null ? '' : ` (${code})`}`,
  'job.failed': ({ job, code }) => `The job ${job.kind} of ${job.subject} has failed${code === null ? '' : ` (${code})`}`,
};

/** Lines of one message: who is told of more looks at the site. */
const shownLines = 100;

export interface EventText {
  readonly subject: string;
  readonly text: string;
}

/** One message of all of them, in the order in which they happened. */
export function describeEvents(messages: readonly EventMessage[], siteName: string): EventText {
  const sorted = messages.toSorted((one, other) => one.timestamp.localeCompare(other.timestamp));
  const lines = sorted.slice(0, shownLines).map((message) => `${clock(message.timestamp)}  ${sentenceOf(message)}`);
  const more = sorted.length - lines.length;
  const rest = more === 0 ? [] : [`… and ${more} more: \`ostler deployment status\` and \`ostler run list\` have them.`];
  const [only] = sorted;
  const what = sorted.length === 1 && only !== undefined ? sentenceOf(only) : countsOf(sorted);
  return {
    subject: `[${siteName}] ${what}`,
    text: [...(sorted.length === 1 ? [] : [`${what}.`, '']), ...lines, ...rest, '', 'Times are in UTC.', ''].join('\n'),
  };
}

/** `12 × run.failed, 1 × deployment.paused`, the most frequent first. */
function countsOf(messages: readonly EventMessage[]): string {
  const groups = [...Map.groupBy(messages, ({ type }) => type)].map(([type, same]) => ({ type, count: same.length }));
  return groups
    .toSorted((one, other) => other.count - one.count)
    .map(({ type, count }) => `${count} × ${type}`)
    .join(', ');
}

function sentenceOf({ type, data }: EventMessage): string {
  if (type === 'test') return 'This is a test';
  // Safe: recordEvent pairs a kind with its data.
  return (sentences[type] as (data: unknown) => string)(data);
}

function placeOf({ stepName, code, exitCode }: NonNullable<EventData<'run.failed'>['failure']>): string {
  return ` at the step ${stepName} (${code}${exitCode === null ? '' : `, exit code ${exitCode}`})`;
}

/** `2026-12-01 08:00:04`. */
function clock(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ');
}
