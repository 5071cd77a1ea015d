/** What the debugger shows on the screen. How it looks is screen/render-debugger.ts and, on a serial line, screen/announce-debugger.ts. */
import type { DebugLast, DebugNode, DebugVariable, DebugWait } from '@ostler/contract';

/** Where the person is in it, and what has been typed. */
export interface DebuggerPage {
  readonly page: 'steps' | 'variables' | 'name' | 'value';
  /** A row of the steps. */
  readonly step: number;
  /** A row of the variables. */
  readonly variable: number;
  /** Of the variable that gets a value. */
  readonly name: string;
  readonly typed: string;
}

/** A key, or several, and what they do here. */
export interface Hint {
  readonly key: string;
  readonly label: string;
}

export interface DebuggerView {
  readonly view: 'debugger';
  readonly runId: string;
  readonly sequenceName: string;
  readonly stop: number;
  readonly waiting: DebugWait;
  readonly nodes: readonly DebugNode[];
  readonly last: DebugLast | null;
  readonly variables: readonly DebugVariable[];
  readonly page: DebuggerPage;
  /** Empty where this computer reads no keys. */
  readonly hints: readonly Hint[];
  /** Why the newest command was not obeyed; empty: it was. */
  readonly note: string;
}

/** What is shown for a value that nobody may see. */
export const masked = '********';
