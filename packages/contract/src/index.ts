/** Every noun that crosses a wire, the routes, and the error catalogue. zod only, no Node API. */
export * from './client.ts';
export { errorCatalogue, type ErrorCode } from './errors/catalogue.ts';
export type { ErrorEntry } from './errors/entry.ts';
export { ErrorBody, isOstlerError, OstlerError, toErrorBody, type ErrorDetails } from './errors/ostler-error.ts';
export { formatBytes } from './format-bytes.ts';
export * from './nouns/account.ts';
export * from './nouns/agent.ts';
export * from './nouns/boot-image.ts';
export * from './nouns/common.ts';
export * from './nouns/condition.ts';
export * from './nouns/device.ts';
export * from './nouns/image.ts';
export * from './nouns/job.ts';
export * from './nouns/run.ts';
export * from './nouns/step-options/index.ts';
export * from './nouns/task-sequence.ts';
export * from './routes/define.ts';
export * from './routes/index.ts';
