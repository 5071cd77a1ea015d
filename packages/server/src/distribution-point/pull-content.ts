/** Does what the records ask for, one piece at a time: pulls what is missing, reads again what is doubted, deletes what nobody wants. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultTransferPolicy, downloadContent, freeBytes, hashFile, limitRate, type FetchBytes } from '@ostler/content';
import { fillPath, formatBytes, streamRoutes } from '@ostler/contract';
import type { Logger } from 'pino';
import type { Identity } from './identity.ts';
import type { KeptContent, Piece } from './kept-content.ts';

export interface PullDependencies {
  readonly kept: KeptContent;
  readonly identity: Identity;
  readonly contentFolder: string;
  readonly fetch: FetchBytes;
  readonly log: Logger;
  readonly now: () => number;
  /** Called when the site should hear of a change. */
  readonly changed: () => void;
}

/** A piece that could not be had is tried again after this. */
const retryAfterMs = 60_000;
const idleMs = 500;
const hourMs = 3_600_000;

/** Until the signal aborts. */
export async function keepPulling(dependencies: PullDependencies, signal: AbortSignal): Promise<void> {
  const { kept, now, fetch, log } = dependencies;
  const slowFetch = limitRate(fetch, () => kept.terms?.pullBytesPerSecond ?? null);
  while (!signal.aborted) {
    const task = nextTask(kept, now());
    if (task === null) {
      await sleep(idleMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    try {
      await tasks[task.kind](task.piece, { ...dependencies, fetch: slowFetch }, signal);
    } catch (error) {
      if (signal.aborted) return;
      const problem = error instanceof Error ? error.message : String(error);
      log.error({ err: error, sha256: task.piece.sha256, task: task.kind }, 'work on a piece of content failed');
      await kept.change(task.piece.sha256, { state: 'failed', problem: problem.slice(0, 500), failedAtMs: now() });
    }
    dependencies.changed();
  }
}

type TaskKind = 'drop' | 'validate' | 'forget' | 'fetch';

function nextTask(kept: KeptContent, nowMs: number): { readonly kind: TaskKind; readonly piece: Readonly<Piece> } | null {
  const graceMs = (kept.terms?.graceHours ?? Number.POSITIVE_INFINITY) * hourMs;
  const checks: readonly (readonly [TaskKind, (piece: Readonly<Piece>) => boolean])[] = [
    ['forget', ({ unwantedSinceMs }) => unwantedSinceMs !== null && nowMs - unwantedSinceMs >= graceMs],
    ['drop', ({ unwantedSinceMs, ordered, done }) => unwantedSinceMs === null && ordered.fetch > done.fetch],
    ['validate', ({ unwantedSinceMs, ordered, done }) => unwantedSinceMs === null && ordered.validate > done.validate],
    ['fetch', (piece) => piece.unwantedSinceMs === null && isDue(piece, nowMs)],
  ];
  for (const [kind, isNeeded] of checks) {
    const piece = kept.pieces.find(isNeeded);
    if (piece !== undefined) return { kind, piece };
  }
  return null;
}

function isDue({ state, failedAtMs }: Readonly<Piece>, nowMs: number): boolean {
  return state === 'missing' || (state === 'failed' && nowMs - (failedAtMs ?? 0) >= retryAfterMs);
}

type Task = (piece: Readonly<Piece>, dependencies: PullDependencies, signal: AbortSignal) => Promise<void>;

const tasks: { readonly [K in TaskKind]: Task } = {
  forget: async ({ sha256 }, { kept, log }) => {
    await kept.forget(sha256);
    log.info({ sha256 }, 'content that is no longer wanted deleted');
  },
  drop: async ({ sha256, ordered, done }, { kept, log }) => {
    await kept.removeFile(sha256);
    await kept.change(sha256, { state: 'missing', problem: null, verifiedAtMs: null, done: { ...done, fetch: ordered.fetch } });
    log.info({ sha256 }, 'content is pulled again, as ordered');
  },
  validate: async ({ sha256, state, ordered, done }, { kept, log, now }, signal) => {
    const settled = { done: { ...done, validate: ordered.validate } };
    if (state !== 'present') return kept.change(sha256, settled);
    const actual = await hashFile(kept.pathOf(sha256), { signal }).then(
      (hashed) => hashed.sha256,
      () => 'unreadable',
    );
    signal.throwIfAborted();
    if (actual === sha256) return kept.change(sha256, { ...settled, verifiedAtMs: now() });
    log.error({ sha256, actual }, 'kept content is damaged and is pulled again');
    await kept.removeFile(sha256);
    return kept.change(sha256, { ...settled, state: 'missing', verifiedAtMs: null });
  },
  fetch: fetchPiece,
};

async function fetchPiece(piece: Readonly<Piece>, dependencies: PullDependencies, signal: AbortSignal): Promise<void> {
  const { kept, identity, contentFolder, fetch, log, now } = dependencies;
  const { sha256, sizeBytes } = piece;
  const reserveBytes = kept.terms?.spaceReserveBytes ?? 0;
  const free = await freeBytes(contentFolder);
  if (free - sizeBytes < reserveBytes) {
    const problem = `there is no room: ${formatBytes(free)} are free, ${formatBytes(sizeBytes)} are needed, ${formatBytes(reserveBytes)} stay free`;
    log.warn({ sha256, freeBytes: free, sizeBytes, reserveBytes }, 'there is no room for a piece of content');
    return kept.change(sha256, { state: 'failed', problem, failedAtMs: now() });
  }
  const destination = kept.pathOf(sha256);
  await mkdir(dirname(destination), { recursive: true, mode: 0o700 });
  const url = `${identity.siteUrl}${fillPath(streamRoutes['pointApi.content'].path, { sha256 })}`;
  const began = now();
  await downloadContent({
    sources: [{ name: 'the site', url, headers: { authorization: `Bearer ${identity.key}` } }],
    ref: { sha256, sizeBytes },
    destination,
    fetch,
    policy: defaultTransferPolicy,
    signal,
    report: ({ doneBytes }) => kept.noteReceived(sha256, doneBytes),
  });
  await kept.change(sha256, { state: 'present', problem: null, failedAtMs: null, verifiedAtMs: now() });
  log.info({ sha256, sizeBytes, pullMs: now() - began }, 'content pulled');
}
