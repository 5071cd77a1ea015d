/** The options of a deployment that say when it raises an alert. */
import { FailureThreshold, OstlerError, type AlertThresholds } from '@ostler/contract';
import { text, type Values } from '../command.ts';

export const alertOptions = {
  '--alert-below <percent>': 'raise an alert where fewer of its computers have succeeded at --alert-at, or none',
  '--alert-at <time>': 'when that is looked at, such as 2026-12-02T08:00',
  '--alert-above <percent>': 'raise an alert where more of the runs that have ended have failed, or none',
  '--alert-after <failures>': 'and at least this many (3)',
} as const;

/** What is not given stays as it was. The site checks the numbers and the time. @throws OstlerError BAD_REQUEST */
export function alertsOf(values: Values, before: AlertThresholds | null): { readonly alerts?: AlertThresholds } {
  const [below, at, above, after] = ['alertBelow', 'alertAt', 'alertAbove', 'alertAfter'].map((name) => text(values, name));
  if ([below, at, above, after].every((each) => each === undefined)) return {};
  return {
    alerts: {
      success: successOf({ below, at }, before?.success ?? null),
      failure: failureOf({ above, after }, before?.failure ?? null),
    },
  };
}

type Given<N extends string> = { readonly [K in N]: string | undefined };

function successOf({ below, at }: Given<'below' | 'at'>, before: AlertThresholds['success']): AlertThresholds['success'] {
  if (below === 'none') return null;
  if (below === undefined && at === undefined) return before;
  const percent = below === undefined ? before?.percent : Number(below);
  const time = at?.trim().replace(' ', 'T') ?? before?.at;
  if (percent === undefined || time === undefined) {
    throw new OstlerError('BAD_REQUEST', {
      problem: 'say with --alert-below how many percent are to have succeeded, and with --alert-at when',
    });
  }
  return { percent, at: time };
}

function failureOf({ above, after }: Given<'above' | 'after'>, before: FailureThreshold | null): FailureThreshold | null {
  if (above === 'none') return null;
  if (above === undefined && after === undefined) return before;
  const { failures, percent } = before ?? FailureThreshold.parse({});
  return { failures: Number(after ?? failures), percent: Number(above ?? percent) };
}

/** What of it is set; null: nothing. */
export function alertThresholdsText({ success, failure }: AlertThresholds): string | null {
  const texts = [
    ...(success === null ? [] : [`where fewer than ${success.percent} % have succeeded at ${success.at.replace('T', ' ')}`]),
    ...(failure === null ? [] : [`where ${failure.failures} runs or more have failed, and over ${failure.percent} %`]),
  ];
  return texts.length === 0 ? null : texts.join('; ');
}
