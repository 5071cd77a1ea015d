/** What the readers of WMI classes read from, and the shape of what they answer. */
import type { WmiClassName, WmiPropertyName } from '@ostler/contract';
import type { OperatingSystem, WmiValue } from '@ostler/task-sequence';

export interface WmiSources {
  /** `/`, or a folder that looks like it. */
  readonly root: string;
  readonly hostName: string;
  /** The addresses of the network now, by adapter. */
  readonly addresses: () => ReadonlyMap<string, readonly string[]>;
  readonly operatingSystem: () => Promise<OperatingSystem | null>;
}

/** Every property of the class: a forgotten one does not compile. */
type Instance<C extends WmiClassName> = { readonly [P in WmiPropertyName<C>]: WmiValue };
export type WmiReader<C extends WmiClassName> = (sources: WmiSources) => Promise<readonly Instance<C>[]>;
export type WmiReaders<C extends WmiClassName> = { readonly [K in C]: WmiReader<K> };
