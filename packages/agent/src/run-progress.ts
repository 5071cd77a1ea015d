/** The run as people see it: which step, how far, how fast, the last output. Feeds the screen and the reporter. */
import type { ExpectedTime, NodePath, Progress, StepProgress } from '@ostler/contract';
import { expectedSecondsLeft } from './expected-time.ts';
import type { RunView } from './screen/screen-state.ts';
import type { Screen } from './screen/screen.ts';
import type { RunReporter } from './run-reporter.ts';

export interface ProgressOptions {
  readonly sequenceName: string;
  readonly computerName: string;
  readonly startedAtMs: number;
  readonly screen: Pick<Screen, 'show'>;
  readonly reporter: Pick<RunReporter, 'setProgress'>;
  readonly nowMs: () => number;
  /** What is known of the steps in this environment. */
  readonly expectedTimes: readonly Omit<ExpectedTime, 'environment'>[];
}

interface StepPlace {
  readonly path: NodePath;
  readonly stepName: string;
  readonly stepNumber: number;
  readonly stepCount: number;
}

/** The rate is over this long. */
const windowMs = 8000;
const shownLines = 10;
/** Longer than any secret in any of its forms. */
const longestLineChars = 32_000;

export class RunProgress {
  readonly #options: ProgressOptions;
  #step: StepPlace = { path: [], stepName: '', stepNumber: 0, stepCount: 0 };
  #stepStartedAtMs = 0;
  #expected: RunView['expected'] = null;
  #progress: Progress | null = null;
  #bytesPerSecond: number | null = null;
  #samples: readonly { readonly atMs: number; readonly done: number }[] = [];
  #lines: readonly string[] = [];
  #unfinishedLine = '';

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  beginStep({ path, stepName, stepNumber, stepCount }: StepPlace): void {
    this.#step = { path, stepName, stepNumber, stepCount };
    this.#stepStartedAtMs = this.#options.nowMs();
    this.#expected = this.#options.expectedTimes.find((each) => each.path.join('.') === path.join('.')) ?? null;
    this.#progress = null;
    this.#bytesPerSecond = null;
    this.#samples = [];
    this.#lines = [];
    this.#unfinishedLine = '';
    this.#show();
  }

  /** @param bytesPerSecond where the one who reports knows it; otherwise it is measured here. */
  report(progress: Progress, bytesPerSecond: number | null): void {
    if (this.#progress?.activity !== progress.activity) this.#samples = [];
    this.#progress = progress;
    const atMs = this.#options.nowMs();
    this.#samples = [...this.#samples.filter((sample) => sample.atMs > atMs - windowMs), { atMs, done: progress.done }];
    this.#bytesPerSecond = progress.unit === 'bytes' ? (bytesPerSecond ?? this.#doneASecond()) : null;
    this.#show();
  }

  /** @returns the lines that are complete now, masked: a secret may come in two pieces, so each line is masked as a whole. */
  output(text: string, mask: (text: string) => string): readonly string[] {
    const parts = (this.#unfinishedLine + text).split(/\r?\n|\r/);
    const rest = parts.pop() ?? '';
    // Masked before it is cut, so that the limit leaves no half of a secret.
    this.#unfinishedLine = rest.length > longestLineChars ? mask(rest).slice(-longestLineChars) : rest;
    const lines = parts.filter((line) => line.trim() !== '').map((line) => mask(line));
    this.#lines = [...this.#lines, ...lines].slice(-shownLines);
    this.#show();
    return lines;
  }

  #doneASecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
    return Math.max(0, ((last.done - first.done) * 1000) / (last.atMs - first.atMs));
  }

  #secondsLeft(): number | null {
    const { total, done } = this.#progress ?? { total: null, done: 0 };
    const rate = this.#bytesPerSecond ?? this.#doneASecond();
    if (total === null || rate === null || rate <= 0) return null;
    return Math.max(0, (total - done) / rate);
  }

  #show(): void {
    const { sequenceName, computerName, startedAtMs, screen, reporter, nowMs } = this.#options;
    const common = { progress: this.#progress, bytesPerSecond: this.#bytesPerSecond, secondsLeft: this.#secondsLeft() };
    const { path, ...place } = this.#step;
    const times = { startedAtMs, stepStartedAtMs: this.#stepStartedAtMs, expected: this.#expected };
    const view: RunView = { view: 'run', sequenceName, computerName, ...times, ...place, ...common, lines: this.#lines };
    screen.show(view);
    const expected = expectedSecondsLeft(view, nowMs());
    const sent: StepProgress = {
      path,
      ...place,
      ...common,
      secondsLeft: common.secondsLeft ?? expected.step,
      runSecondsLeft: expected.run,
    };
    reporter.setProgress(sent);
  }
}
