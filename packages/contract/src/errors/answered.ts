/** What a server's answer of status 400 or above means to whoever called: its own error of the catalogue, and whether to try again. */
import { errorCatalogue, type ErrorCode } from './catalogue.ts';
import { OstlerError, type ErrorBody } from './ostler-error.ts';

/** Answers that pass by themselves, whoever gives them. */
const waitStatuses: readonly number[] = [408, 425, 429, 503];
/** What a proxy says while the server behind it is away, and a server of what it did not expect. A full disk (507) does not mend itself. */
const troubleStatuses: readonly number[] = [...waitStatuses, 500, 502, 504];

/** Whether the same request may be answered otherwise in a while. What the server knows by name and can explain stays as it is. */
export function isPassingAnswer(status: number, code: string | null): boolean {
  const explained = code !== null && code !== 'INTERNAL' && Object.hasOwn(errorCatalogue, code);
  return (explained ? waitStatuses : troubleStatuses).includes(status);
}

/** The error that the server threw, with its sentence and hint; null for one that the catalogue does not have. */
export function answeredError(body: ErrorBody, options?: ErrorOptions): OstlerError | null {
  if (!Object.hasOwn(errorCatalogue, body.code)) return null;
  // Safe: the code was just found in the catalogue, and the details come with it.
  return new OstlerError(body.code as ErrorCode, body.details as never, options);
}
