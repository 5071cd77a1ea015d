/** Table of what is left of deleted runs. Made by migration 0040. */
import type { RunState } from '@ostler/contract';

export interface RetentionTables {
  /** Runs whose records were deleted, by the day (days since 1970, UTC) that they ended on; `total_ms`: how long they took together. */
  run_days: {
    day: number;
    deployment_id: string;
    task_sequence_id: string;
    state: Exclude<RunState, 'running'>;
    count: number;
    total_ms: number;
  };
}
