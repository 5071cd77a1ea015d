/** lsblk (util-linux): the block devices the kernel knows, as a tree of disks, partitions and what is stacked on them. */
import { z } from 'zod';
import { run } from '../run.ts';
import { parseJsonOutput } from './parse-output.ts';

const BlockDeviceFields = z.object({
  name: z.string(),
  path: z.string(),
  type: z.string(),
  size: z.coerce.number(),
  model: z.string().nullable(),
  serial: z.string().nullable(),
  tran: z.string().nullable(),
  rota: z.boolean(),
  rm: z.boolean(),
  ro: z.boolean(),
  'log-sec': z.coerce.number(),
  'phy-sec': z.coerce.number(),
  mountpoints: z.array(z.string().nullable()),
});

export interface BlockDevice extends z.output<typeof BlockDeviceFields> {
  readonly children?: readonly BlockDevice[] | undefined;
}

const BlockDevice: z.ZodType<BlockDevice> = BlockDeviceFields.extend({
  get children() {
    return z.array(BlockDevice).optional();
  },
});
const Output = z.object({ blockdevices: z.array(BlockDevice) });

const columns = 'NAME,PATH,TYPE,SIZE,MODEL,SERIAL,TRAN,ROTA,RM,RO,LOG-SEC,PHY-SEC,MOUNTPOINTS';

/** Every block device with a size, or only the tree of one. A device without a medium is left out by lsblk itself. */
export async function listBlockDevices(signal: AbortSignal, path?: string): Promise<readonly BlockDevice[]> {
  const args = ['--json', '--bytes', '--tree', '--output', columns, ...(path === undefined ? [] : [path])];
  const { stdout } = await run('lsblk', args, { signal });
  return parseJsonOutput('lsblk', stdout, Output).blockdevices;
}
