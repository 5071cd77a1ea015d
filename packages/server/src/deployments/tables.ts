/** Tables of task sequences, devices, variables, deployments, runs. Made by migration 0003 and later ones. */
import type { AvailableTo, Deployment, DeviceState, DeviceUserSource, DeviceUserState, Run, RunState, Environment } from '@ostler/contract';

export interface DeploymentTables {
  task_sequences: { id: string; name: string; version: number; created_at: number };
  /** Every save. `definition` is JSON of TaskSequenceDefinition. */
  task_sequence_versions: {
    task_sequence_id: string;
    version: number;
    definition: string;
    saved_by: string;
    saved_at: number;
    comment: string;
  };

  devices: {
    id: string;
    name: string;
    state: DeviceState;
    /** Null also where the machine's UUID is one that many machines share. */
    smbios_uuid: string | null;
    /** One that identifies it: imported, or said at a hello. */
    serial_number: string | null;
    /** 1: it is led into the boot environment at its next network boot. */
    boot_once: 0 | 1;
    /** What it is found by, in lower case: search-words.ts. */
    search_words: string;
    /** The boot that waits or was admitted last: the hash of its claim, and when it last asked while it waits; null once it was admitted. */
    claim_hash: string | null;
    claim_seen_at: number | null;
    last_seen_at: number | null;
    created_at: number;
    /** Manufacturer and model as it said at its last hello; empty: it does not say. */
    model: string;
    /** 1: something that the queries of collections can ask has changed since its memberships were evaluated. */
    memberships_stale: 0 | 1;
  };
  /** What a device said at its last hello: JSON of DeviceFacts. Beside the devices, so that a search reads short rows. */
  device_facts: { device_id: string; facts: string };
  device_mac_addresses: { mac_address: string; device_id: string };
  /** `tag_key` is the tag in lower case. */
  device_tags: { device_id: string; tag_key: string; tag: string };
  /** `user_key` is the user's name in lower case. `run_id` is of the run that named it; null where a person did. */
  device_users: {
    device_id: string;
    user_key: string;
    user_name: string;
    state: DeviceUserState;
    source: DeviceUserSource;
    named_by: string;
    named_at: number;
    run_id: string | null;
    approved_by: string | null;
    approved_at: number | null;
  };

  /**
   * Variables of devices and collections, and what was typed for a run. `name_key` is the name in lower case; a secret's value is sealed,
   * unless it is empty: an empty one is asked for. `question` is JSON of VariableQuestion.
   */
  variables: {
    owner_kind: 'device' | 'collection' | 'run';
    owner_id: string;
    name_key: string;
    name: string;
    value: string;
    secret: 0 | 1;
    question: string | null;
  };

  deployments: {
    id: string;
    task_sequence_id: string;
    task_sequence_version: number | null;
    collection_id: string;
    purpose: Deployment['purpose'];
    available_to: AvailableTo;
    /** JSON of DeploymentPause. */
    paused: string | null;
    /** JSON of FailureThreshold. */
    failure_threshold: string | null;
    /** JSON of AlertThresholds; null: neither is set. */
    alerts: string | null;
    /** 1: its share of successes was looked at, at the time that the threshold says. */
    success_looked_at: 0 | 1;
    /** Since when failures are counted. */
    counted_from: number;
    debug: 0 | 1;
    /** JSON of DeploymentSchedule. */
    schedule: string;
    rerun: Deployment['rerun'];
    override_windows: 0 | 1;
    restart_outside_windows: 0 | 1;
    pre_download: 0 | 1;
    priority: Deployment['priority'];
    confirmed_by: string | null;
    created_at: number;
  };

  runs: {
    id: string;
    /** Rises with each run: the order they were begun in. */
    number: number;
    deployment_id: string;
    device_id: string;
    device_name: string;
    task_sequence_id: string;
    task_sequence_name: string;
    task_sequence_version: number;
    /** JSON of TaskSequenceDefinition: fixed when the run began. */
    definition: string;
    state: RunState;
    environment: Environment;
    /** JSON of StepProgress, Failure, EngineState. */
    step: string | null;
    failure: string | null;
    journal: string | null;
    journal_revision: number;
    /** Sealed. */
    sealing_key: string;
    cancel_requested: 0 | 1;
    pause_requested: 0 | 1;
    /** As the journal says: the run has stopped between two steps. */
    paused: 0 | 1;
    /** 1: it began by itself on a computer in use and has not left the installed system, so its restarts wait for maintenance windows. */
    restarts_wait: 0 | 1;
    /** JSON of WindowWait, as the journal says; null: no restart of it waits. */
    window_wait: string | null;
    /** 1 after `deployments.rerun`: this run does not count any more as one of the required deployment. */
    rerun_allowed: 0 | 1;
    /** 1: the last one of its deployment on its device. */
    newest: 0 | 1;
    /** As the deployment was when the run began. */
    debug: 0 | 1;
    /** As the journal says. */
    debugger: Run['debugger'];
    /** How many commands the debugger has been given. */
    debug_orders: number;
    /** JSON of DebugView, while the run goes on. */
    debug_view: string | null;
    /** Of its computer when it began. */
    model: string;
    /** The boundary groups that its agent first called from, joined; empty: none; null: it has not called yet. */
    site: string | null;
    /** 1: its computer was unknown to the site when it began. */
    was_unknown: 0 | 1;
    /** It has of each package the version that was the newest at this revision: packages/content-revision.ts. */
    content_revision: number;
    /** As the failure says, so that the database can group by them. */
    failure_code: string | null;
    failure_step: string | null;
    /** Messages up to this one are in `step_histories`; 1: it has ended since they were. */
    counted_sequence: number;
    count_due: 0 | 1;
    /** 1: they were older than the site keeps. */
    messages_deleted: 0 | 1;
    log_deleted: 0 | 1;
    started_at: number;
    ended_at: number | null;
    last_contact_at: number;
  };
  /** One row: the number of the run that began last. Whoever begins one holds it, so that no two have the same. */
  run_numbers: { id: 'last'; number: number };
  /** `message` is JSON of StatusMessage. `received_at` is the server's clock: a computer's own may be wrong and is set on the way. */
  run_messages: { run_id: string; sequence: number; message: string; received_at: number | null };
  /** How long a step took, and how long the run went on from its beginning, averaged. `step` is its key in step-times.ts. */
  step_times: {
    task_sequence_id: string;
    model: string;
    step: string;
    environment: Environment;
    step_ms: number;
    run_ms: number;
  };
  /** `command` is JSON of DebugCommand, sealed. */
  debug_orders: { run_id: string; number: number; command: string };
  /** One key a device: a new one replaces it. */
  agent_keys: { device_id: string; key_hash: string; run_id: string | null; created_at: number };
}
