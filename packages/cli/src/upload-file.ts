/** Sends a file to the site in pieces, and goes on where the server says after any interruption. */
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillPath, OstlerError, streamPath, type Upload } from '@ostler/contract';
import type { CommandContext } from './command.ts';
import { isTransient } from './connection.ts';

const pieceBytes = 16 * 1024 * 1024;
const tries = 20;
const retryDelayMs = 3000;

/** Uploads a file and answers the finished upload. @throws OstlerError FILE_NOT_READABLE, SERVER_UNREACHABLE after the last try. */
export async function uploadFile(context: CommandContext, path: string): Promise<Upload> {
  const { client, output, signal } = context;
  const sizeBytes = await fileSizeBytes(path);
  const upload = await client.call('uploads.create', { body: { fileName: basename(path), sizeBytes } }, signal);
  await using file = await open(path, 'r');
  let doneBytes = upload.receivedBytes;
  let triesLeft = tries;
  while (doneBytes < sizeBytes) {
    output.progress(`Uploading ${basename(path)}`, { activity: 'Sending', done: doneBytes, total: sizeBytes, unit: 'bytes' });
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes - doneBytes));
    await file.read(piece, 0, piece.length, doneBytes);
    try {
      doneBytes = await sendPiece(context, upload.id, doneBytes, piece);
      triesLeft = tries;
    } catch (error) {
      triesLeft -= 1;
      if (triesLeft === 0 || !(isTransient(error) || error instanceof TypeError)) throw error;
      await sleep(retryDelayMs, undefined, { signal });
      doneBytes = await receivedBytes(context, upload.id).catch(() => doneBytes);
    }
  }
  output.endProgress();
  return { ...upload, receivedBytes: doneBytes };
}

async function fileSizeBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new OstlerError('FILE_NOT_READABLE', { path, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

async function receivedBytes({ client, signal }: CommandContext, id: string): Promise<number> {
  return (await client.call('uploads.get', { params: { id } }, signal)).receivedBytes;
}

async function sendPiece(context: CommandContext, id: string, offset: number, piece: Uint8Array<ArrayBuffer>): Promise<number> {
  const { client, signal } = context;
  const answer = await fetch(`${client.serverUrl}${fillPath(streamPath('uploads.append'), { id })}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${client.token ?? ''}`, 'content-type': 'application/octet-stream', 'upload-offset': String(offset) },
    body: piece,
    signal,
  });
  // 409: a piece that was thought lost has arrived; the server names where to go on.
  if (answer.ok || answer.status === 409) return receivedBytesFrom(answer.headers.get('upload-offset')) ?? receivedBytes(context, id);
  throw new OstlerError('SERVER_UNREACHABLE', { url: client.serverUrl, reason: `status ${answer.status}: ${await answer.text()}` });
}

function receivedBytesFrom(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}
