/** One request to an upload's address, as every way of uploading makes it: given up in silence, refused or passing. */
import { ErrorBody, OstlerError } from '@ostler/contract';
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
/** Answers that ask for another try: 409 says that the server has more or less than we thought. A full disk (507) does not mend itself. */
const passingStatuses: readonly number[] = [408, 409, 425, 429, 500, 502, 503, 504];

/** A refusal is an OstlerError; what is worth another try is any other error. @throws OstlerError UPLOAD_REFUSED */
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
    const body = ErrorBody.safeParse(await response.json().catch(() => null));
    const reason = body.success ? body.data.message : `status ${response.status}`;
    if (passingStatuses.includes(response.status)) throw new Error(reason);
    throw new OstlerError('UPLOAD_REFUSED', { url: request.url, reason });
  } finally {
    stall.dispose();
  }
}
