/** Reads every stored byte again and names each defect with what it belongs to. Mending is importing the content again. */
import { stat } from 'node:fs/promises';
import { hashFile } from '@ostler/content';
import type { ContentDefect } from '@ostler/contract';
import type { JobContext } from '../jobs/job-handlers.ts';
import type { ContentOwner } from './content-store.ts';
import type { DirectoryContentStore, StoredPiece } from './directory-content-store.ts';

export interface VerifyDependencies {
  readonly store: Pick<DirectoryContentStore, 'list' | 'ownersOf'>;
  /** What people call an owner, such as `image Debian 13`. */
  readonly nameOf: (owner: ContentOwner) => Promise<string>;
}

export async function verifyContent({ store, nameOf }: VerifyDependencies, { signal, log, report }: JobContext) {
  const pieces = await store.list();
  const total = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const defects: ContentDefect[] = [];
  let done = 0;
  for (const piece of pieces) {
    signal.throwIfAborted();
    const before = done;
    const onBytes = (bytes: number): void => report({ activity: 'Reading content', done: before + bytes, total, unit: 'bytes' });
    const defect = await findDefect(piece, signal, onBytes);
    done += piece.sizeBytes;
    if (defect === null) continue;
    const owners = await store.ownersOf(piece.sha256);
    const usedBy = await Promise.all(owners.map(nameOf));
    defects.push({ sha256: piece.sha256, ...defect, usedBy });
    log.error({ sha256: piece.sha256, path: piece.path, ...defect, usedBy }, 'stored content is damaged');
  }
  return { verified: pieces.length, bytes: total, defects };
}

async function findDefect(
  piece: StoredPiece,
  signal: AbortSignal,
  onBytes: (done: number) => void,
): Promise<Pick<ContentDefect, 'problem' | 'actual'> | null> {
  const info = await stat(piece.path).catch(() => null);
  if (info === null) return { problem: 'missing', actual: 'no file' };
  if (info.size !== piece.sizeBytes) return { problem: 'wrong-size', actual: `${info.size} bytes` };
  try {
    const { sha256 } = await hashFile(piece.path, { signal, onBytes });
    return sha256 === piece.sha256 ? null : { problem: 'wrong-hash', actual: sha256 };
  } catch (error) {
    signal.throwIfAborted();
    // A sector that cannot be read is a defect of this piece, not the end of the check.
    return { problem: 'wrong-hash', actual: error instanceof Error ? error.message : String(error) };
  }
}
