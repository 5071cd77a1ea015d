/** Tables of the servers of a site. Made by migration 0038. */

export interface ServerTables {
  /** Those that run. `beats` rises while one does; whoever sees it stand still for long takes its jobs over. */
  servers: { id: string; name: string; beats: number; started_at: number };
}
