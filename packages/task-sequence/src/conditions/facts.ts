/** What conditions ask of the computer, as a port: the agent answers from the machine, tests from folders and values. */
import type { Variables } from '../variables.ts';

export interface FileProperties {
  /** Of its last change, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** The version that a Windows program carries in itself; null where the file has none. */
  readonly version: string | null;
}

export interface FolderProperties {
  readonly modifiedMs: number;
}

/**
 * The facts of one computer, in the environment that it is in now. What cannot be answered is thrown
 * (OstlerError CONDITION_UNANSWERABLE or what failed): it is never false.
 */
export interface ConditionFacts {
  /** null: there is no such file. */
  fileProperties(path: string): Promise<FileProperties | null>;
  /** null: there is no such folder. */
  folderProperties(path: string): Promise<FolderProperties | null>;
}

export interface ConditionWorld {
  readonly variables: Pick<Variables, 'get' | 'has' | 'expand'>;
  readonly facts: ConditionFacts;
}
