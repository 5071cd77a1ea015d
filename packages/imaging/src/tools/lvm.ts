/** lvm (lvm2): the volume groups that disks belong to, and taking them out of use. */
import { z } from 'zod';
import { run } from '../run.ts';
import { parseJsonOutput } from './parse-output.ts';

const Output = z.object({
  report: z.array(z.object({ pv: z.array(z.object({ pv_name: z.string(), vg_name: z.string(), pv_missing: z.string() })) })),
});

export interface PhysicalVolume {
  /** The device; `[unknown]` for one that is not in this computer now. */
  readonly path: string;
  /** Empty while it belongs to none. */
  readonly group: string;
  readonly missing: boolean;
}

/** Every physical volume, those that a group misses included. */
export async function listPhysicalVolumes(signal: AbortSignal): Promise<PhysicalVolume[]> {
  const args = ['pvs', '--reportformat', 'json', '--options', 'pv_name,vg_name,pv_missing'];
  const { stdout } = await run('lvm', args, { signal });
  const rows = parseJsonOutput('lvm', stdout, Output).report.flatMap(({ pv }) => pv);
  return rows.map((row) => ({ path: row.pv_name, group: row.vg_name, missing: row.pv_missing !== '' }));
}

/** The group's logical volumes are no block devices any more; what is on them stays. */
export async function deactivateGroup(group: string, signal: AbortSignal): Promise<void> {
  await run('lvm', ['vgchange', '--activate', 'n', group], { signal });
}
