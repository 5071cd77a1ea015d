/** How content travels: hashes, downloads and uploads that go on where they stopped. What is kept where is the caller's. */
export { hashFile, type HashedFile } from './hash-file.ts';
export { diskFull, freeBytes, isDiskFull } from './disk-space.ts';
export type { ContentSource, Delivery } from './source-list.ts';
export { downloadContent, type DownloadRequest } from './download-content.ts';
export { uploadContent, type UploadRequest } from './upload-content.ts';
export { defaultTransferPolicy, type FetchBytes, type TransferPolicy, type TransferProgress } from './transfer.ts';
export { uploadStream } from './upload-stream.ts';
export { downloadStream } from './download-stream.ts';
export { newStreamKey, openSealedBytes, sealBytes } from './sealed-stream.ts';
export { limitRate } from './limit-rate.ts';
