/** What a fleet asked and how it was answered, by kind of request: how many, how long each took, what went wrong. */

/** Of one kind, or of all. */
export interface Answered {
  readonly kind: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Answers that refuse or fail. */
  readonly errors: number;
  /** No answer: asked again. */
  readonly lost: number;
  /** Told by the site, which was too busy, to ask later. */
  readonly deferred: number;
}

interface Kind {
  readonly durationsMs: number[];
  errors: number;
  lost: number;
  deferred: number;
}

export class Traffic {
  readonly #kinds = new Map<string, Kind>();
  readonly #problems = new Map<string, number>();

  answered(kind: string, durationMs: number): void {
    this.#of(kind).durationsMs.push(durationMs);
  }

  /** @param problem for people: the same text is counted, not repeated */
  failed(kind: string, problem: string): void {
    this.#of(kind).errors += 1;
    const text = `${kind}: ${problem}`;
    this.#problems.set(text, (this.#problems.get(text) ?? 0) + 1);
  }

  lost(kind: string): void {
    this.#of(kind).lost += 1;
  }

  deferred(kind: string): void {
    this.#of(kind).deferred += 1;
  }

  /** Everything together. */
  total(): Answered {
    const all = [...this.#kinds.values()];
    const sum = (of: (kind: Kind) => number): number => all.reduce((total, kind) => total + of(kind), 0);
    const durationsMs = all.flatMap((kind) => kind.durationsMs);
    const [errors, lost, deferred] = [sum((kind) => kind.errors), sum((kind) => kind.lost), sum((kind) => kind.deferred)];
    return asAnswered('all', { durationsMs, errors, lost, deferred });
  }

  /** The most frequent first. */
  byKind(): Answered[] {
    return [...this.#kinds].map(([kind, found]) => asAnswered(kind, found)).toSorted((a, b) => b.count - a.count);
  }

  /** `12 × agent.report: …`, the most frequent first. */
  problems(): string[] {
    return [...this.#problems].toSorted((a, b) => b[1] - a[1]).map(([text, count]) => `${count} × ${text}`);
  }

  #of(name: string): Kind {
    const kind = this.#kinds.get(name) ?? { durationsMs: [], errors: 0, lost: 0, deferred: 0 };
    this.#kinds.set(name, kind);
    return kind;
  }
}

function asAnswered(kind: string, { durationsMs, errors, lost, deferred }: Kind): Answered {
  const sorted = Float64Array.from(durationsMs).toSorted();
  return { kind, count: sorted.length, p50Ms: at(sorted, 0.5), p95Ms: at(sorted, 0.95), p99Ms: at(sorted, 0.99), errors, lost, deferred };
}

/** The value that this part of all are not above (nearest rank). */
function at(sorted: Float64Array, part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
