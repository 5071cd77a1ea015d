/** What conditions ask of the computer, as a port: the agent answers from the machine, tests from folders and values. */
import type { Platform, RegistryType, WmiClassName } from '@ostler/contract';
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

/** The operating system: of the boot environment's computer that is the applied one, or the one found on its disks. */
export interface OperatingSystem {
  readonly family: NonNullable<Platform['family']>;
  /** `debian` and what it derives from; `windows`. */
  readonly ids: readonly string[];
  readonly name: string;
  /** undefined: it does not say. */
  readonly version: string | undefined;
  readonly architecture: string | undefined;
  /** As in `de-DE`; `C` for a Linux without a language. */
  readonly language: string | undefined;
}

export interface RegistryValue {
  readonly type: RegistryType;
  /** Numbers in decimal, binary data in hexadecimal, several texts with newlines between them. */
  readonly data: string;
}

export interface RegistryKey {
  /** By name in lower case; the default value is `''`. */
  readonly values: ReadonlyMap<string, RegistryValue>;
}

export interface SoftwareQuestion {
  readonly software: string;
  readonly match: 'name' | 'product-code' | 'upgrade-code';
}

export type WmiValue = string | number | boolean | null | readonly string[] | readonly number[];
/** One instance of a class, with every property that the class has here. */
export type WmiInstance = Readonly<Record<string, WmiValue>>;

/**
 * The facts of one computer, in the environment that it is in now. What cannot be answered is thrown
 * (OstlerError CONDITION_UNANSWERABLE or what failed): it is never false.
 */
export interface ConditionFacts {
  /** null: there is no such file. */
  fileProperties(path: string): Promise<FileProperties | null>;
  /** null: there is no such folder. */
  folderProperties(path: string): Promise<FolderProperties | null>;
  /** null: the computer has none. */
  operatingSystem(): Promise<OperatingSystem | null>;
  /** null: there is no such key. */
  registryKey(key: string): Promise<RegistryKey | null>;
  /** What is installed of it: the version of each; empty: nothing. */
  installedVersions(question: SoftwareQuestion): Promise<readonly string[]>;
  /** Every instance of a class of wmi-classes.ts. */
  wmiInstances(className: WmiClassName): Promise<readonly WmiInstance[]>;
}

export interface ConditionWorld {
  readonly variables: Pick<Variables, 'get' | 'has' | 'expand'>;
  readonly facts: ConditionFacts;
}
