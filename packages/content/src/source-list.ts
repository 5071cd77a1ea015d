/** The sources of one download: whose turn it is, who sent what, and who is not asked again. */
import type { Attempt } from './fetch-rest.ts';

export interface ContentSource {
  /** For people: `the site`, or a distribution point's name. */
  readonly name: string;
  readonly url: string;
  /** Sent with each request, such as the authorisation. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a download went. */
export interface Delivery {
  /** What each source sent of the file, in the order in which they began. What an earlier, interrupted download has left is nobody's. */
  readonly from: readonly { readonly name: string; readonly bytes: number }[];
  /** Sources that sent something else, and were not asked again. */
  readonly liars: readonly { readonly name: string; readonly url: string; readonly actualSha256: string }[];
}

interface SourceState extends ContentSource {
  etag: string | null;
  /** Of the bytes that are on the file now. */
  bytes: number;
  /** How often it alone completed a piece that was not the one asked for, and what that was. */
  mismatches: number;
  actualSha256: string | null;
  /** Why it is not asked again; null while it is. */
  givenUp: string | null;
}

export class SourceList {
  readonly #states: readonly SourceState[];
  #turn = 0;
  /** Bytes of nobody are on the file: an earlier download left them. */
  #hasOlderBytes: boolean;
  /** Bytes of several sources were not the right ones together: from here on each sends the whole, so that the wrong one shows. */
  #alone = false;

  constructor(sources: readonly ContentSource[], hasOlderBytes: boolean) {
    this.#states = sources.map((source) => ({ ...source, etag: null, bytes: 0, mismatches: 0, actualSha256: null, givenUp: null }));
    this.#hasOlderBytes = hasOlderBytes;
  }

  get usableCount(): number {
    return this.#states.filter(({ givenUp }) => givenUp === null).length;
  }

  /** Whose turn it is; undefined when nobody is left. */
  current(): SourceState | undefined {
    for (let tried = 0; tried < this.#states.length; tried += 1) {
      const state = this.#states[(this.#turn + tried) % this.#states.length];
      if (state?.givenUp === null) return state;
    }
    return undefined;
  }

  turnToNext(source: SourceState): void {
    this.#turn = this.#states.indexOf(source) + 1;
  }

  giveUp(source: SourceState, reason: string): void {
    Object.assign(source, { givenUp: reason });
    this.turnToNext(source);
  }

  /** Whether what others sent has to go before this one is asked. */
  mustBeAlone(source: SourceState): boolean {
    return this.#alone && this.#states.some((state) => state !== source && state.bytes > 0);
  }

  note(source: SourceState, { etag, startedOver }: Attempt, bytes: number): void {
    if (startedOver) this.forgetBytes();
    Object.assign(source, { etag: etag ?? source.etag, bytes: source.bytes + bytes });
  }

  /** The file is empty again. */
  forgetBytes(): void {
    for (const state of this.#states) state.bytes = 0;
    this.#hasOlderBytes = false;
  }

  /** The whole is not what was asked for. The one that sent all of it is the liar; of several nobody knows which one it was. */
  blame(source: SourceState, actualSha256: string): void {
    source.etag = null;
    if (this.#hasOlderBytes || this.#states.some((state) => state !== source && state.bytes > 0)) {
      this.#alone = true;
      return;
    }
    source.mismatches += 1;
    if (this.usableCount === 1 && source.mismatches === 1) return;
    source.actualSha256 = actualSha256;
    this.giveUp(source, `wrong hash ${actualSha256}`);
  }

  reasons(): string {
    return this.#states.map(({ url, givenUp }) => `${url} ${givenUp ?? ''}`).join('; ');
  }

  delivery(): Delivery {
    const liars = this.#states.flatMap(({ name, url, actualSha256 }) => (actualSha256 === null ? [] : [{ name, url, actualSha256 }]));
    return { from: this.#states.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, bytes })), liars };
  }
}
