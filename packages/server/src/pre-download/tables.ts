/** How far clients are with the content of their coming runs. Made by migration 0051. */
export interface PreDownloadTables {
  /** What the client of a device has told last. Gone when its run begins. */
  pre_downloads: {
    deployment_id: string;
    device_id: string;
    /** Of the content that it was told of: another one than the deployment's has changed since. */
    content_hash: string;
    received_bytes: number;
    problem: string | null;
    reported_at: number;
  };
}
