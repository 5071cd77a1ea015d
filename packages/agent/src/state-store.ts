/**
 * User state at the site, as the steps use it: compressed, sealed with the store's key and sent while it is read; nothing of it is staged on
 * this computer. Which folders, and what becomes of them, are the steps'.
 */
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { openSealedBytes, sealBytes } from '@ostler/content';
import { fillPath, OstlerError, streamRoutes, type StateStorePurpose } from '@ostler/contract';
import type { UserStateArchive } from '@ostler/imaging';
import { imagingPort, transferPort, type StepContext } from './steps/step-context.ts';

/** The store at the site that the run uses, and for what: set by Request State Store, removed by Release State Store. */
export const stateStoreVariables = { id: '_OstlerStateStoreID', purpose: '_OstlerStateStorePurpose', path: 'OSDStateStorePath' } as const;

type StoreContext = Pick<
  StepContext,
  'assignment' | 'content' | 'link' | 'log' | 'report' | 'signal' | 'cancelSignal' | 'variables' | 'imaging'
>;

/** The store that was requested for this purpose; null: none was, and the state is kept on the computer's own disk. @throws OstlerError STATE_STORE_NOT_REQUESTED where one was requested for the other purpose */
export function requestedStore(purpose: StateStorePurpose, { variables }: Pick<StepContext, 'variables'>): string | null {
  const id = variables.get(stateStoreVariables.id);
  if (id === undefined) return null;
  if (variables.get(stateStoreVariables.purpose) === purpose) return id;
  throw new OstlerError('STATE_STORE_NOT_REQUESTED', { purpose });
}

/** Waits for the server as long as the step may take. */
export function patience({ signal }: Pick<StepContext, 'signal'>) {
  return { signal, patienceMs: Number.POSITIVE_INFINITY };
}

export interface SentState {
  readonly folders: readonly string[];
  readonly leftOut: readonly string[];
  readonly sizeBytes: number;
}

/** Sends folders and accounts anew: what an interrupted try has left in the store goes. */
export async function sendUserState(
  storeId: string,
  from: { readonly root: string; readonly folders: readonly string[]; readonly scratch: string },
  context: StoreContext,
): Promise<SentState> {
  const { link, imaging, content, assignment, log } = context;
  const params = { id: assignment.runId, storeId };
  const { key } = await link.call('agent.openStateStore', { params }, patience(context));
  const archive = await imaging.archiveUserState(from, imagingPort(context));
  const { expectedBytes, folders, leftOut } = archive;
  if (leftOut.length > 0) log.warn({ leftOut: [...leftOut] }, 'what is mounted from elsewhere is left out');
  await link.call('agent.beginStateStore', { params, body: { expectedBytes } }, patience(context));
  const path = fillPath(streamRoutes['agent.appendStateStore'].path, params);
  const sealed = sealBytes(compressed(archive), Buffer.from(key, 'base64'));
  const sent = await content.sendStream({ path, expectedBytes }, sealed, transferPort(context, 'Sending the user state'));
  await link.call('agent.finishStateStore', { params, body: sent }, patience(context));
  return { folders, leftOut, sizeBytes: sent.sizeBytes };
}

/** The store's content as a folder that restoreUserState takes. Whole and verified when it settles. */
export async function receiveUserState(storeId: string, folder: string, context: StoreContext): Promise<void> {
  const { link, imaging, content, assignment } = context;
  const params = { id: assignment.runId, storeId };
  const { key, sizeBytes, sha256 } = await link.call('agent.openStateStore', { params }, patience(context));
  if (sha256 === null) throw new OstlerError('STATE_STORE_WITHOUT_CONTENT', { id: storeId });
  const path = fillPath(streamRoutes['agent.stateStoreContent'].path, params);
  const sealed = content.receiveStream(path, { sha256, sizeBytes }, transferPort(context, 'Fetching the user state'));
  await imaging.extractUserState(decompressed(openSealedBytes(sealed, Buffer.from(key, 'base64'))), folder, imagingPort(context));
}

/** Where the state lies between fetching and restoring: beside the agent's journal, on the operating system's volume. */
export function fetchedStateFolder({ stateDirectory }: Pick<StepContext, 'stateDirectory'>): string {
  return join(stateDirectory, 'user-state');
}

/** A failure on either side reaches whoever reads, because the pipeline destroys the stream with it. */
function compressed(archive: Pick<UserStateArchive, 'bytes'>): AsyncIterable<Uint8Array> {
  return pipeline(archive.bytes(), createZstdCompress(), () => undefined);
}

function decompressed(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return pipeline(source, createZstdDecompress(), () => undefined);
}
