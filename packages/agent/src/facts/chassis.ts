/** What kind of case the computer has, as SMBIOS says. */
import { readNumber } from './sysfs.ts';

/** Laptop, notebook, tablet and their like (SMBIOS 3.7, 7.4.1). */
const portableTypes = [8, 9, 10, 11, 12, 14, 18, 21, 30, 31, 32];

export interface Chassis {
  /** 0 where nothing says it. */
  readonly type: number;
  readonly portable: boolean;
}

export async function readChassis(root: string): Promise<Chassis> {
  const type = (await readNumber(root, 'sys/class/dmi/id/chassis_type')) ?? 0;
  // The highest bit says that the enclosure has a lock.
  return { type: type & 0x7f, portable: portableTypes.includes(type & 0x7f) };
}
