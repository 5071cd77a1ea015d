/** The instances of a WMI class. A class of the table that is missing here does not compile. */
import type { WmiClassName } from '@ostler/contract';
import type { WmiInstance } from '@ostler/task-sequence';
import { deviceClasses } from './device-classes.ts';
import type { WmiReaders, WmiSources } from './sources.ts';
import { systemClasses } from './system-classes.ts';

const readers: WmiReaders<WmiClassName> = { ...systemClasses, ...deviceClasses };

export function wmiInstances(className: WmiClassName, sources: WmiSources): Promise<readonly WmiInstance[]> {
  return readers[className](sources);
}
