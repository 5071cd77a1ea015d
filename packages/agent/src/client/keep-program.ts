/** The client's program is the one that its site has: another one is fetched, checked and put in the place of the one that runs. */
import { createHash } from 'node:crypto';
import { fillPath, OstlerError, streamPath } from '@ostler/contract';
import { writeFileAtomically } from '../atomic-file.ts';

export interface ProgramOptions {
  readonly serverUrl: string;
  readonly bundlePath: string;
  /** Of the file at `bundlePath`. */
  readonly ownSha256: string;
  readonly fetch: typeof globalThis.fetch;
  /** Called when the new program is in its place. */
  readonly restart: () => void;
  readonly signal: AbortSignal;
}

const fetchLimitMs = 120_000;

/** @throws OstlerError CLIENT_PROGRAM_REFUSED, and what fetch throws */
export async function keepProgram(
  sha256: string,
  { serverUrl, bundlePath, ownSha256, fetch, restart, signal }: ProgramOptions,
): Promise<void> {
  if (sha256 === ownSha256) return;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(fetchLimitMs)]);
  const answer = await fetch(`${serverUrl}${fillPath(streamPath('agent.bundle'), { sha256 })}`, { signal: limited });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) throw new OstlerError('CLIENT_PROGRAM_REFUSED', { expected: sha256, actual });
  await writeFileAtomically(bundlePath, bytes, 0o700);
  restart();
}
