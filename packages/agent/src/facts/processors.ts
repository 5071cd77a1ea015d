/** The processors as /proc/cpuinfo describes them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One logical processor: the fields of /proc/cpuinfo, with blanks and case as the kernel writes them. */
export type Processor = Readonly<Record<string, string | undefined>>;

export async function readProcessors(root: string): Promise<readonly Processor[]> {
  const text = await readFile(join(root, 'proc/cpuinfo'), 'utf8').catch(() => '');
  const blocks = text.split('\n\n').filter((block) => /^processor\s*:/m.test(block));
  return blocks.map(fieldsOf);
}

function fieldsOf(block: string): Processor {
  const fields = block.split('\n').map((line) => line.split(':'));
  return Object.fromEntries(fields.map(([name = '', ...value]): [string, string] => [name.trim(), value.join(':').trim()]));
}

/** The logical processors of each package; without a package number all are of one. */
export function packagesOf(processors: readonly Processor[]): readonly (readonly Processor[])[] {
  return [...Map.groupBy(processors, (each) => each['physical id'] ?? '0').values()];
}

/** Whether there is a hypervisor under this system (the processor's own flag). */
export function isVirtual(processors: readonly Processor[]): boolean {
  return processors.some(({ flags }) => flags?.split(' ').includes('hypervisor') === true);
}

/** A core counts once, however many threads it runs; without core numbers each thread is one. */
export function coreCount(logical: readonly Processor[]): number {
  return new Set(logical.map((each) => `${each['physical id'] ?? '0'}/${each['core id'] ?? `t${each['processor']}`}`)).size;
}
