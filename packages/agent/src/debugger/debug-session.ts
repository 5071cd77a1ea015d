/**
 * The debugger at this computer: while the run waits it is shown, its keys are read, and the site is told of the stop. The engine decides
 * where a run stops and what a command does; this is one of the two who drive it.
 */
import type { DebugLast, EngineState, TaskSequenceDefinition } from '@ostler/contract';
import { debugNodes, nodeAt, type DebugStop, type EngineEvent } from '@ostler/task-sequence';
import type { Log } from '../log.ts';
import type { RunReporter } from '../run-reporter.ts';
import type { Screen } from '../screen/screen.ts';
import type { DebugDesk } from './debug-desk.ts';
import type { DebuggerPage } from './debugger-view.ts';
import { firstPage, hintsOf, onKey, type Shown } from './keys-to-commands.ts';

/** What this computer gives a person who debugs. */
export interface DebugConsole {
  /** null: no keys are read here. The installed system's console belongs to who signs in. */
  readonly nextKey: Screen['nextKey'] | null;
  /** Lends the console to a shell until that ends; null where the boot image does not allow one (commandSupport). */
  readonly shell: ((signal: AbortSignal) => Promise<void>) | null;
}

export interface DebugSessionOptions {
  readonly runId: string;
  readonly definition: TaskSequenceDefinition;
  readonly desk: DebugDesk;
  readonly console: DebugConsole;
  readonly screen: Pick<Screen, 'show'>;
  readonly reporter: Pick<RunReporter, 'setDebugView'>;
  readonly cancelSignal: AbortSignal;
  readonly log: Log;
  /** The last state that was saved. */
  readonly state: () => EngineState | null;
}

const results: Readonly<Record<string, DebugLast['result']>> = {
  'step-succeeded': 'succeeded',
  'step-failed': 'failed',
  'step-skipped': 'skipped',
};
/** The contract's limit (DebugLast). */
const outputChars = 8000;

export class DebugSession {
  readonly #options: DebugSessionOptions;
  #last: DebugLast | null;
  #page: DebuggerPage | null = null;
  /** The stop that the page is of. */
  #stop = 0;

  constructor(options: DebugSessionOptions) {
    this.#options = options;
    this.#last = lastOf(options.state(), options.definition);
  }

  /** Remembers how a step ended. */
  note({ kind, path, stepName, exitCode, output }: EngineEvent): void {
    const result = results[kind];
    if (result !== undefined) this.#last = { path, stepName, result, exitCode, output: output.slice(-outputChars) };
  }

  /** Shows the stop until there is an instruction to take, or the run is to be cancelled. */
  async wait(stop: DebugStop, signal: AbortSignal): Promise<void> {
    const { desk, reporter, cancelSignal, console } = this.#options;
    const moved = new AbortController();
    reporter.setDebugView({ stop: stop.state.stop, last: this.#last, variables: [...stop.variables] });
    this.#show(stop);
    // What a person does in a shell is theirs: it stays open when somebody else moves the run.
    const keys = console.nextKey === null ? null : this.#readKeys(stop, console.nextKey, { moved: moved.signal, run: signal });
    keys?.catch((error: unknown) => {
      if (!moved.signal.aborted && !signal.aborted) this.#options.log.error({ err: error }, 'the keys of the debugger cannot be read');
    });
    try {
      await desk.untilTold(cancelSignal, signal);
    } finally {
      moved.abort(new Error('the debugger has moved'));
      reporter.setDebugView(null);
    }
  }

  async #readKeys(stop: DebugStop, nextKey: Screen['nextKey'], { moved, run }: { moved: AbortSignal; run: AbortSignal }): Promise<void> {
    const either = AbortSignal.any([moved, run]);
    for (;;) {
      either.throwIfAborted();
      const key = await nextKey(either);
      const page = this.#pageOf(stop);
      const { page: changed, command, shell } = onKey(page, key, this.#shown(stop));
      this.#page = { ...page, ...changed };
      if (command !== undefined) this.#options.desk.tell(command);
      if (shell === true) await this.#openShell(run);
      either.throwIfAborted();
      this.#show(stop);
    }
  }

  async #openShell(signal: AbortSignal): Promise<void> {
    const { console, log } = this.#options;
    log.info({}, 'a shell was opened in the debugger');
    try {
      await console.shell?.(signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, 'the shell has ended with an error');
    }
  }

  #show(stop: DebugStop): void {
    const { runId, definition, screen, console } = this.#options;
    const { waiting } = stop.state;
    if (waiting === null) return;
    const shown = this.#shown(stop);
    const page = this.#pageOf(stop);
    const { name: sequenceName } = definition;
    const common = { view: 'debugger', runId, sequenceName, waiting, last: this.#last, page, note: stop.refused?.message ?? '' } as const;
    screen.show({ ...common, ...shown, hints: console.nextKey === null ? [] : hintsOf(page, shown) });
  }

  #shown({ state, variables }: DebugStop): Shown {
    const { definition, console } = this.#options;
    return { stop: state.stop, nodes: debugNodes(definition, this.#options.state()), variables, hasShell: console.shell !== null };
  }

  /** A new stop is opened where the run is; at the same one the person stays where they are. */
  #pageOf(stop: DebugStop): DebuggerPage {
    if (this.#page === null || this.#stop !== stop.state.stop) this.#page = firstPage(this.#shown(stop).nodes);
    this.#stop = stop.state.stop;
    return this.#page;
  }
}

/** After a restart of the computer: what the journal knows of the step that ended last. */
function lastOf(state: EngineState | null, { steps }: TaskSequenceDefinition): DebugLast | null {
  const outcome = state?.outcomes.at(-1);
  if (outcome === undefined) return null;
  const { path, exitCode, state: result } = outcome;
  return { path, stepName: nodeAt(steps, path)?.name ?? '', result, exitCode, output: '' };
}
