/** blkid (util-linux) in its low-level mode: what is on a device, read from the device, not from a cache. */
import { z } from 'zod';
import { run } from '../run.ts';
import { parseOutput } from './parse-output.ts';

const Output = z.object({
  TYPE: z.string().optional(),
  UUID: z.string().optional(),
  LABEL: z.string().optional(),
  PTTYPE: z.string().optional(),
  PTUUID: z.string().optional(),
  PART_ENTRY_UUID: z.string().optional(),
  /** A GPT type GUID in lower case, or an MBR type such as 0xef. */
  PART_ENTRY_TYPE: z.string().optional(),
  PART_ENTRY_NAME: z.string().optional(),
});
export type Signatures = z.output<typeof Output>;

/** Nothing found, or nothing certain: an answer, not a failure (blkid(8), "EXIT STATUS"). */
const okExitCodes = [0, 2, 8];

/** The file system, partition table and partition entry found on one device; empty for a blank one. */
export async function probeDevice(path: string, signal: AbortSignal): Promise<Signatures> {
  const { stdout } = await run('blkid', ['--probe', '--output', 'export', path], { signal, okExitCodes });
  const fields = stdout.split('\n').filter((line) => line.includes('='));
  return parseOutput('blkid', Object.fromEntries(fields.map((line) => splitField(line))), Output);
}

/** blkid escapes blanks and the like in values with a backslash. */
function splitField(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1).replaceAll(/\\(.)/g, '$1')];
}
