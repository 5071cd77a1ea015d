/**
 * What a distribution point has and should have: one file a piece, and a file of records that survives a restart. Bytes are fetched by
 * pull-content.ts, which is alone in changing files.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { Sha256, SyncAnswer, type SyncReport } from '@ostler/contract';
import { z } from 'zod';
import { contentPath } from '../content/content-path.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import { replaceFile } from '../replace-file.ts';
import type { PointDirectory } from './point-directory.ts';

const Piece = z.strictObject({
  sha256: Sha256,
  sizeBytes: z.number(),
  state: z.enum(['present', 'missing', 'failed']),
  problem: z.string().nullable(),
  failedAtMs: z.number().nullable(),
  verifiedAtMs: z.number().nullable(),
  /** Since when the site has not wanted it; null: it does. */
  unwantedSinceMs: z.number().nullable(),
  /** What the site has ordered, and what has been carried out of it. */
  ordered: z.strictObject({ fetch: z.number(), validate: z.number() }),
  done: z.strictObject({ fetch: z.number(), validate: z.number() }),
});
export type Piece = z.output<typeof Piece>;

/** What the site said last, besides what to have. */
const Terms = SyncAnswer.omit({ content: true, siteTime: true });
export type Terms = z.output<typeof Terms>;

const State = z.strictObject({ terms: Terms.nullable(), pieces: z.array(Piece) });

export class KeptContent {
  readonly #folder: Pick<PointDirectory, 'content' | 'state'>;
  readonly #pieces: Map<string, Piece>;
  #terms: Terms | null;
  /** Of pieces that are on their way: how much has arrived. */
  readonly #received = new Map<string, number>();
  #saved: Promise<void> = Promise.resolve();

  private constructor(folder: Pick<PointDirectory, 'content' | 'state'>, { terms, pieces }: z.output<typeof State>) {
    this.#folder = folder;
    this.#terms = terms;
    this.#pieces = new Map(pieces.map((piece) => [piece.sha256, piece]));
  }

  /** A piece whose file is gone or has another length is missing. */
  static async open(folder: Pick<PointDirectory, 'content' | 'state'>): Promise<KeptContent> {
    const kept = new KeptContent(folder, await readState(folder.state));
    for (const piece of kept.#pieces.values()) {
      const found = await stat(kept.pathOf(piece.sha256)).catch(() => null);
      if (piece.state === 'present' && found?.size !== piece.sizeBytes) Object.assign(piece, { state: 'missing' });
    }
    return kept;
  }

  get terms(): Terms | null {
    return this.#terms;
  }

  get pieces(): readonly Readonly<Piece>[] {
    return [...this.#pieces.values()];
  }

  pathOf(sha256: string): string {
    return contentPath(this.#folder.content, sha256);
  }

  has(sha256: string): boolean {
    return this.#pieces.get(sha256)?.state === 'present';
  }

  noteReceived(sha256: string, bytes: number): void {
    this.#received.set(sha256, bytes);
  }

  /** Takes over what the site wants. Nothing is fetched or deleted here. */
  async accept({ content, siteTime: _siteTime, ...terms }: SyncAnswer, nowMs: number): Promise<void> {
    const before = JSON.stringify([this.#terms, this.pieces]);
    this.#terms = terms;
    const wanted = new Set(content.map(({ sha256 }) => sha256));
    for (const { sha256, sizeBytes, fetchOrder: fetch, validateOrder: validate } of content) {
      const known = this.#pieces.get(sha256) ?? newPiece(sha256, sizeBytes, { fetch, validate });
      this.#pieces.set(sha256, { ...known, unwantedSinceMs: null, ordered: { fetch, validate } });
    }
    for (const piece of this.#pieces.values()) {
      if (!wanted.has(piece.sha256)) piece.unwantedSinceMs ??= nowMs;
    }
    if (JSON.stringify([this.#terms, this.pieces]) !== before) await this.#save();
  }

  async change(sha256: string, change: Partial<Omit<Piece, 'sha256' | 'sizeBytes' | 'ordered'>>): Promise<void> {
    const piece = this.#pieces.get(sha256);
    if (piece === undefined) return;
    Object.assign(piece, change);
    if (change.state !== undefined) this.#received.delete(sha256);
    await this.#save();
  }

  /** Deletes the bytes of a piece: whole or in part. */
  async removeFile(sha256: string): Promise<void> {
    for (const path of [this.pathOf(sha256), `${this.pathOf(sha256)}.partial`]) await rm(path, { force: true });
  }

  /** Deletes the bytes and forgets the piece. */
  async forget(sha256: string): Promise<void> {
    await this.removeFile(sha256);
    this.#pieces.delete(sha256);
    await this.#save();
  }

  /** What the site hears: the pieces that it wants. */
  report(): SyncReport['content'] {
    return this.pieces
      .filter(({ unwantedSinceMs }) => unwantedSinceMs === null)
      .map(({ sha256, sizeBytes, state, problem, verifiedAtMs, done }) => ({
        sha256,
        state,
        receivedBytes: state === 'present' ? sizeBytes : (this.#received.get(sha256) ?? 0),
        problem,
        verifiedAt: isoTimeOrNull(verifiedAtMs),
        fetchOrder: done.fetch,
        validateOrder: done.validate,
      }));
  }

  /** One write after the other: the site's wishes and the pulling change the records at the same time. */
  #save(): Promise<void> {
    const write = (): Promise<void> =>
      replaceFile(this.#folder.state, `${JSON.stringify({ terms: this.#terms, pieces: this.pieces })}\n`, 0o600);
    const saved = this.#saved.then(write, write);
    this.#saved = saved;
    return saved;
  }
}

/** A piece that is not there has nothing to drop or to read again: its orders are carried out by fetching it. */
function newPiece(sha256: string, sizeBytes: number, done: Piece['done']): Piece {
  const never = { problem: null, failedAtMs: null, verifiedAtMs: null, unwantedSinceMs: null };
  return { sha256, sizeBytes, state: 'missing', ...never, ordered: done, done };
}

async function readState(path: string): Promise<z.output<typeof State>> {
  const text = await readFile(path, 'utf8').catch(() => null);
  const parsed = text === null ? null : State.safeParse(JSON.parse(text));
  return parsed?.data ?? { terms: null, pieces: [] };
}
