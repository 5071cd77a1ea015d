/** What a person at the computer is shown. Nothing secret is ever part of it. */
import type { Failure, Progress } from '@ostler/contract';
import type { DebuggerView } from '../debugger/debugger-view.ts';

export interface ComputerIdentity {
  readonly name: string;
  readonly macAddress: string;
  readonly smbiosUuid: string;
  readonly serialNumber: string;
}

export interface RunView {
  readonly view: 'run';
  readonly sequenceName: string;
  readonly computerName: string;
  readonly stepName: string;
  readonly stepNumber: number;
  readonly stepCount: number;
  readonly progress: Progress | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly startedAtMs: number;
  readonly stepStartedAtMs: number;
  /** What the step took before, and the run from its beginning; null: not known. */
  readonly expected: { readonly stepSeconds: number; readonly runSeconds: number } | null;
  /** The last lines of output. */
  readonly lines: readonly string[];
}

/** What a key does, as it is offered. */
export interface Choice {
  /** One letter, or what the key is called. */
  readonly key: string;
  readonly label: string;
}

export interface FailedView {
  readonly view: 'failed';
  readonly sequenceName: string;
  readonly failure: Failure;
  /** The last lines that the failed step printed. */
  readonly output: readonly string[];
  readonly logPath: string;
  /** The site has the whole log, and knows of the failure. */
  readonly logDelivered: boolean;
  /** Until the computer restarts, or until the site is told again; null while it is being told. */
  readonly secondsLeft: number | null;
  readonly choices: readonly Choice[];
  /** What became of a choice; empty at first. */
  readonly note: string;
}

/** A line to choose, or a field to type into. */
export interface PageItem {
  readonly label: string;
  readonly detail: string;
  /** What is typed so far, asterisks for a secret; null: there is nothing to type. */
  readonly value: string | null;
}

/** A page of the wizard. */
export interface PageView {
  readonly view: 'page';
  readonly title: string;
  readonly lines: readonly string[];
  readonly items: readonly PageItem[];
  readonly selected: number;
  /** What stands in the way; empty: nothing. */
  readonly note: string;
  readonly keys: readonly Choice[];
}

export type ScreenView =
  | { readonly view: 'message'; readonly title: string; readonly lines: readonly string[] }
  | { readonly view: 'waiting'; readonly computer: ComputerIdentity }
  | { readonly view: 'password'; readonly computer: ComputerIdentity; readonly typed: number; readonly message: string }
  | PageView
  | RunView
  | { readonly view: 'restarting'; readonly message: string; readonly seconds: number }
  | { readonly view: 'succeeded'; readonly sequenceName: string; readonly computerName: string; readonly elapsedSeconds: number }
  | FailedView
  | DebuggerView;

export interface ScreenState {
  readonly siteName: string;
  /** Why the server does not answer; null while it does. */
  readonly networkProblem: string | null;
  readonly content: ScreenView;
}

/** A console, in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a view may fill: `width` characters of `height` lines. */
export interface Frame {
  readonly width: number;
  readonly height: number;
}
