/** Table of how long steps took. Made by migration 0037. */
export interface StepHistoryTables {
  /**
   * One row for each step of a deployment's runs that ended on one day, of all of them, of each model and of each site. Written by count-runs.ts
   * alone; rows outlive the messages and the runs that they were made from.
   */
  step_histories: {
    deployment_id: string;
    task_sequence_id: string;
    /** Days since 1970, UTC. */
    day: number;
    grouped_by: 'all' | 'model' | 'site';
    /** Empty for `all`, and where it is not known. */
    group_name: string;
    /** Steps of one name are one. */
    step: string;
    /** In the newest run: as sorting wants it, each number of the path with four digits. */
    place: string;
    failed: number;
    total_ms: number;
    longest_ms: number;
    /** Of those that succeeded: histogram.ts. */
    histogram: string;
  };
}
