/** One request to an upload's address, as every way of uploading makes it: given up in silence, refused or passing. */
import { answeredError, ErrorBody, isPassingAnswer, OstlerError } from '@ostler/contract';
import { watchForStall, type FetchBytes, type TransferPolicy } from './transfer.ts';

export interface UploadCall {
  /** The upload's own address: GET tells how much has arrived, PATCH appends. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: FetchBytes;
  readonly policy: TransferPolicy;
  readonly signal: AbortSignal;
}

/** The slowest link that is waited for: a piece gets so much more time than silence alone. */
const slowestBytesPerMs = 64;
/** The server has more or less than we thought: its offset is asked for, and the upload goes on from there. */
const offsetWrong = 409;

/** A refusal is an OstlerError, the server's own where it has one; what is worth another try is any other error. @throws OstlerError UPLOAD_REFUSED */
export async function callUpload(
  request: UploadCall,
  init: { method: string; headers?: Record<string, string>; body?: Buffer<ArrayBuffer> },
): Promise<Response> {
  const stall = watchForStall(request.policy.stallTimeoutMs + (init.body?.length ?? 0) / slowestBytesPerMs);
  try {
    const response = await request.fetch(request.url, {
      ...init,
      headers: { ...request.headers, ...init.headers },
      signal: AbortSignal.any([request.signal, stall.signal]),
    });
    if (response.ok) return response;
    const body = ErrorBody.safeParse(await response.json().catch(() => null)).data;
    const reason = body?.message ?? `status ${response.status}`;
    if (response.status === offsetWrong || isPassingAnswer(response.status, body?.code ?? null)) throw new Error(reason);
    const known = body === undefined ? null : answeredError(body);
    throw known ?? new OstlerError('UPLOAD_REFUSED', { url: request.url, reason });
  } finally {
    stall.dispose();
  }
}
