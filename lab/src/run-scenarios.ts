/** Runs scenarios, as many at a time as cores and memory allow, each on a stage of its own, and keeps the evidence of those that fail. */
import { join } from 'node:path';
import type { LabId } from './lab-names.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { createStage, smallMachine, type LabBase } from './stage.ts';

export interface ScenarioResult {
  readonly name: string;
  readonly passed: boolean;
  readonly durationMs: number;
  /** Why it failed. */
  readonly reason: string | null;
  /** Where serial logs, screens and server logs of a failure are. */
  readonly evidence: string | null;
}

export interface RunScenariosOptions {
  readonly base: LabBase;
  /** Machines that may run at the same time. */
  readonly machineSlots: number;
  readonly evidenceFolder: string;
  readonly nextId: () => LabId;
  readonly onLog: (scenario: string, text: string) => void;
}

/** One machine a core, and each with its memory; at least one. */
export function machineSlots(coreCount: number, freeMemoryMiB: number): number {
  // QEMU itself, the server and the page cache of disks need some too.
  const memoryMiB = smallMachine.memoryMiB + 1024;
  return Math.max(1, Math.min(coreCount, Math.floor(freeMemoryMiB / memoryMiB)));
}

/** The order to begin in: what needs several machines first, or it would hold up the rest later, and then what takes longest. */
export function inOrderOfStart<T extends Pick<Scenario, 'machineCount' | 'timeLimitMinutes'>>(scenarios: readonly T[]): readonly T[] {
  return scenarios.toSorted((a, b) => b.machineCount - a.machineCount || b.timeLimitMinutes - a.timeLimitMinutes);
}

/** @returns the results in the order of their start */
export async function runScenarios(
  scenarios: readonly Scenario[],
  options: RunScenariosOptions,
  signal: AbortSignal,
): Promise<readonly ScenarioResult[]> {
  const slots = createSlots(options.machineSlots);
  return Promise.all(
    inOrderOfStart(scenarios).map(async (scenario) => {
      const release = await slots.take(scenario.machineCount);
      try {
        return await runScenario(scenario, options, signal);
      } finally {
        release();
      }
    }),
  );
}

async function runScenario(scenario: Scenario, options: RunScenariosOptions, signal: AbortSignal): Promise<ScenarioResult> {
  const { name } = scenario;
  const begunAt = performance.now();
  const log = (text: string): void => options.onLog(name, text);
  const end = (reason: string | null, evidence: string | null): ScenarioResult => {
    const durationMs = Math.round(performance.now() - begunAt);
    log(reason === null ? `passed in ${Math.round(durationMs / 1000)} s` : `FAILED: ${reason}`);
    return { name, passed: reason === null, durationMs, reason, evidence };
  };
  if (signal.aborted) return end('stopped before it began', null);
  log(scenario.shows);
  const timeLimit = AbortSignal.timeout(scenario.timeLimitMinutes * 60_000);
  const limits = AbortSignal.any([signal, timeLimit]);
  const why = (error: unknown): string =>
    timeLimit.aborted && !signal.aborted ? `not done after ${scenario.timeLimitMinutes} minutes` : describeError(error);
  const evidence = join(options.evidenceFolder, name);
  try {
    await using stage = await createStage(
      options.base,
      { id: options.nextId(), dhcp: scenario.dhcp, log, evidenceFolder: evidence },
      limits,
    );
    try {
      await scenario.play(stage);
      return end(null, null);
    } catch (error) {
      await stage.keepEvidence(evidence);
      return end(why(error), evidence);
    }
  } catch (error) {
    return end(why(error), evidence);
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}

interface Slots {
  /** Waits for so many free slots; answers how to give them back. Whoever asked first is served first. */
  take(count: number): Promise<() => void>;
}

export function createSlots(total: number): Slots {
  let free = total;
  const queue: { readonly count: number; readonly begin: () => void }[] = [];
  const serve = (): void => {
    for (let next = queue[0]; next !== undefined && next.count <= free; next = queue[0]) {
      free -= next.count;
      queue.shift();
      next.begin();
    }
  };
  return {
    take: async (wanted) => {
      // What needs more than there is runs alone.
      const count = Math.min(wanted, total);
      const { promise, resolve } = Promise.withResolvers<void>();
      queue.push({ count, begin: resolve });
      serve();
      await promise;
      return () => {
        free += count;
        serve();
      };
    },
  };
}
