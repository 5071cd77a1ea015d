/** What the person at the computer sees, on every console, and the keys that come back. */
import { describeChange, nothingShown, type Shown } from './describe-change.ts';
import { KeyQueue } from './key-queue.ts';
import type { Key } from './keys.ts';
import { render } from './render.ts';
import type { ScreenSize, ScreenState, ScreenView } from './screen-state.ts';
import type { OnKey, Terminal } from './terminal.ts';
import { appended, typedLine } from './typed-line.ts';

export interface ScreenOptions {
  /** Opens the consoles; keys go to the function. */
  readonly open: (onKey: OnKey) => readonly Terminal[];
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
  #terminals: readonly Terminal[] = [];
  #pictures: readonly Picture[] = [];
  /** The console that the last key came from. */
  #keyFrom: string | null = null;
  readonly #timer: NodeJS.Timeout;
  #state: ScreenState = { siteName: '', networkProblem: null, content: { view: 'message', title: 'Starting', lines: [] } };
  #shown: Shown = nothingShown;
  #ticks = 0;
  readonly #keys = new KeyQueue();
  /** The last line of consoles that only append, while something is typed there. */
  #typed = '';

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#open();
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
    return this.#keys.next(signal);
  }

  /** Gives the consoles back while `use` goes on; nothing is drawn and no key is read meanwhile. @param use gets the console to use */
  async lend(use: (path: string) => Promise<void>): Promise<void> {
    const path = this.#keyFrom ?? this.#terminals.find(({ kind }) => kind === 'full')?.path ?? this.#terminals[0]?.path;
    if (path === undefined) return;
    this.#release();
    try {
      await use(path);
    } finally {
      this.#open();
    }
  }

  /** Gives the consoles back, cleared; once more does nothing. */
  close(): void {
    clearInterval(this.#timer);
    this.#release();
  }

  #open(): void {
    this.#terminals = this.#options.open((key, path) => {
      this.#keyFrom = path;
      if (key.kind === 'redraw') this.#showAgain();
      else this.#keys.push(key);
    });
    this.#pictures = picturesOn(this.#terminals);
    this.#draw(true);
  }

  #release(): void {
    for (const terminal of this.#terminals) {
      if (terminal.kind === 'full') terminal.write(restore);
      terminal.close();
    }
    this.#terminals = [];
    this.#pictures = [];
  }

  #change(state: ScreenState): void {
    const isMotion = this.#state.content.view === 'run' && state.content.view === 'run';
    this.#state = state;
    if (!isMotion) this.#draw(false);
    const { lines, shown } = describeChange(this.#shown, state, this.#options.nowMs());
    this.#shown = shown;
    const now = typedLine(state.content);
    const text = appended(this.#typed, lines, now);
    this.#typed = now;
    if (text === '') return;
    for (const terminal of this.#terminals) if (terminal.kind === 'lines') terminal.write(text);
  }

  /** Something else has written over it: a message of the kernel, a line that lost a character. */
  #showAgain(): void {
    this.#draw(true);
    this.#shown = nothingShown;
    this.#change(this.#state);
  }

  #draw(everything: boolean): void {
    for (const picture of this.#pictures) picture.draw(this.#state, this.#options.nowMs(), everything);
  }
}

/** What is drawn on one console, as large as that is. */
class Picture {
  readonly #terminal: Terminal;
  #size: ScreenSize;
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#size = terminal.size();
    terminal.write(prepare);
  }

  /** Only the lines that differ, unless everything is to be drawn. */
  draw(state: ScreenState, nowMs: number, everything: boolean): void {
    const clear = everything && this.#hasGrown() ? `${escape}2J` : '';
    const lines = render(state, nowMs, this.#size);
    const changed = lines.flatMap((line, index) => {
      return everything || line !== this.#drawn[index] ? [`${escape}${index + 1};1H${line}${escape}K`] : [];
    });
    this.#drawn = lines;
    if (changed.length > 0) this.#terminal.write(clear + changed.join(''));
  }

  #hasGrown(): boolean {
    const { columns, rows } = this.#size;
    this.#size = this.#terminal.size();
    return this.#size.columns !== columns || this.#size.rows !== rows;
  }
}

function picturesOn(terminals: readonly Terminal[]): Picture[] {
  return terminals.filter(({ kind }) => kind === 'full').map((terminal) => new Picture(terminal));
}
