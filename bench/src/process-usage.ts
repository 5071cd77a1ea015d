/** What a running process has used, as the kernel counts it (proc(5)). */
import { readdir, readFile, writeFile } from 'node:fs/promises';

export interface Usage {
  readonly cpuSeconds: number;
  /** The most memory it had resident since it began, or since forgetPeak. */
  readonly peakResidentBytes: number;
}

/** Clock ticks a second: 100 on every Linux that matters. */
const ticksPerSecond = 100;

/** A process and everything below it, added up. */
export async function readUsage(pid: number): Promise<Usage> {
  const usages = await Promise.all((await withDescendants(pid)).map(readOne));
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakResidentBytes: Math.max(...usages.map(({ peakResidentBytes }) => peakResidentBytes)),
  };
}

/** The peak begins anew with what is resident now (proc(5), clear_refs). */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

async function readOne(pid: number): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  // The second field may hold spaces; counting begins after its closing parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  const peakKilobytes = Number(/^VmHWM:\s+(?<kb>\d+)/m.exec(status)?.groups?.['kb'] ?? 0);
  return { cpuSeconds: ticks / ticksPerSecond, peakResidentBytes: peakKilobytes * 1024 };
}

async function withDescendants(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')));
  const children = lists
    .flatMap((list) => list.trim().split(' '))
    .filter((each) => each !== '')
    .map(Number);
  return [pid, ...(await Promise.all(children.map(withDescendants))).flat()];
}
