/** sfdisk (util-linux): writes and reads partition tables. */
import { z } from 'zod';
import { run } from '../run.ts';
import { parseJsonOutput } from './parse-output.ts';

/** One line of an sfdisk script. */
export interface TableEntry {
  readonly number: number;
  readonly startSector: number;
  readonly sizeSectors: number;
  readonly typeCode: string;
  readonly name: string;
  readonly bootable: boolean;
  readonly attributes: readonly string[];
}

export interface TableScript {
  readonly style: 'gpt' | 'mbr';
  readonly entries: readonly TableEntry[];
}

const Output = z.object({
  partitiontable: z.object({
    label: z.string(),
    id: z.string(),
    sectorsize: z.number().optional(),
    partitions: z
      .array(
        z.object({
          node: z.string(),
          start: z.number(),
          size: z.number(),
          type: z.string(),
          uuid: z.string().optional(),
          name: z.string().optional(),
          attrs: z.string().optional(),
          bootable: z.boolean().optional(),
        }),
      )
      .default([]),
  }),
});
export type PartitionTable = z.output<typeof Output>['partitiontable'];

/**
 * Replaces the partition table. Old signatures on the disk and inside the new partitions are wiped.
 * The kernel is told afterwards (partx.ts): re-reading the whole table fails where the kernel lacks the table's parser.
 */
export async function writePartitionTable(disk: string, script: TableScript, signal: AbortSignal): Promise<void> {
  const flags = ['--quiet', '--wipe', 'always', '--wipe-partitions', 'always', '--no-reread', '--no-tell-kernel'];
  await run('sfdisk', [...flags, disk], { signal, input: scriptText(script) });
}

export async function readPartitionTable(disk: string, signal: AbortSignal): Promise<PartitionTable> {
  const { stdout } = await run('sfdisk', ['--json', disk], { signal });
  return parseJsonOutput('sfdisk', stdout, Output).partitiontable;
}

function scriptText({ style, entries }: TableScript): string {
  const header = [`label: ${style === 'gpt' ? 'gpt' : 'dos'}`, 'unit: sectors', ''];
  return [...header, ...entries.map((entry) => scriptLine(style, entry)), ''].join('\n');
}

function scriptLine(style: TableScript['style'], entry: TableEntry): string {
  const { number, startSector, sizeSectors, typeCode } = entry;
  const fields = [`start=${startSector}`, `size=${sizeSectors}`, `type=${typeCode}`];
  if (style === 'gpt' && entry.name !== '') fields.push(`name="${entry.name.replaceAll(/["\\\n]/g, '_')}"`);
  if (style === 'gpt' && entry.attributes.length > 0) fields.push(`attrs="${entry.attributes.join(' ')}"`);
  if (style === 'mbr' && entry.bootable) fields.push('bootable');
  return `${number} : ${fields.join(', ')}`;
}
