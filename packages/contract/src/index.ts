/** Every noun that crosses a wire, the routes, and the error catalogue. zod only, no Node API. */
export { errorCatalogue, type ErrorCode } from './errors/catalogue.ts';
export type { ErrorEntry } from './errors/entry.ts';
export { ErrorBody, OstlerError, toErrorBody, type ErrorDetails } from './errors/ostler-error.ts';
