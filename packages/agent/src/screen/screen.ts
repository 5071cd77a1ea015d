/** What the person at the computer sees, on every console, and the keys that come back. */
import { describeChange, nothingShown, type Shown } from './describe-change.ts';
import type { Key } from './keys.ts';
import { render } from './render.ts';
import type { ScreenState, ScreenView } from './screen-state.ts';
import type { Terminal } from './terminal.ts';

export interface ScreenOptions {
  /** Opens the consoles; keys go to the function. */
  readonly open: (onKey: (key: Key) => void) => readonly Terminal[];
  readonly nowMs: () => number;
}

/** The time goes on, and so does progress: drawn so often, not at each change. Drawing is slow on a graphical console. */
const drawEveryMs = 500;
/** So often everything is drawn again: the kernel may have written over it. */
const redrawEvery = 20;
const escape = '\u001B[';
/** No cursor, no blanking of the console after minutes (console_codes(4)). */
const prepare = `${escape}?25l${escape}9;0]${escape}2J`;
const restore = `${escape}?25h${escape}H${escape}2J`;

export class Screen {
  readonly #options: ScreenOptions;
  #terminals: readonly Terminal[];
  readonly #timer: NodeJS.Timeout;
  #state: ScreenState = { siteName: '', networkProblem: null, content: { view: 'message', title: 'Starting', lines: [] } };
  #shown: Shown = nothingShown;
  #drawn: readonly string[] = [];
  #ticks = 0;
  #onKey: ((key: Key) => void) | null = null;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#terminals = options.open((key) => this.#onKey?.(key));
    for (const terminal of this.#terminals) if (terminal.kind === 'full') terminal.write(prepare);
    this.#timer = setInterval(() => {
      this.#ticks += 1;
      this.#draw(this.#ticks % redrawEvery === 0);
    }, drawEveryMs);
  }

  show(content: ScreenView): void {
    this.#change({ ...this.#state, content });
  }

  setSiteName(siteName: string): void {
    this.#change({ ...this.#state, siteName });
  }

  setNetworkProblem(networkProblem: string | null): void {
    if (networkProblem !== this.#state.networkProblem) this.#change({ ...this.#state, networkProblem });
  }

  /** The next key from any console. @throws the signal's reason */
  nextKey(signal: AbortSignal): Promise<Key> {
    const { promise, resolve, reject } = Promise.withResolvers<Key>();
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#onKey = resolve;
    return promise.finally(() => {
      signal.removeEventListener('abort', onAbort);
      this.#onKey = null;
    });
  }

  /** Gives the consoles back, cleared; once more does nothing. */
  close(): void {
    clearInterval(this.#timer);
    for (const terminal of this.#terminals) {
      if (terminal.kind === 'full') terminal.write(restore);
      terminal.close();
    }
    this.#terminals = [];
  }

  #change(state: ScreenState): void {
    const isMotion = this.#state.content.view === 'run' && state.content.view === 'run';
    this.#state = state;
    if (!isMotion) this.#draw(false);
    const { lines, shown } = describeChange(this.#shown, state, this.#options.nowMs());
    this.#shown = shown;
    for (const line of lines) this.#writeLine(line);
  }

  #writeLine(line: string): void {
    for (const terminal of this.#terminals) if (terminal.kind === 'lines') terminal.write(`${line}\r\n`);
  }

  /** Only the lines that differ, unless everything is to be drawn. */
  #draw(everything: boolean): void {
    const lines = render(this.#state, this.#options.nowMs());
    const changed = lines.flatMap((line, index) => {
      return everything || line !== this.#drawn[index] ? [`${escape}${index + 1};1H${line}${escape}K`] : [];
    });
    this.#drawn = lines;
    if (changed.length === 0) return;
    for (const terminal of this.#terminals) if (terminal.kind === 'full') terminal.write(changed.join(''));
  }
}
