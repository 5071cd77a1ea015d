/** A whole run of some steps on this computer, against a small site: what happened is in its messages, its journal and its log. */
import { createHash } from 'node:crypto';
import type { EngineState, Package, RunAssignment } from '@ostler/contract';
import { finishRun } from '../src/end-run.ts';
import { runSequence } from '../src/run-sequence.ts';
import { aFolder, anAssignment, someDependencies, type WorldOptions } from './builders.ts';
import { startFakeSite, type FakeSite } from './fake-site.ts';

/** For a whole file of tests; each of them has a limit of its own. */
export const testSignal = AbortSignal.timeout(600_000);

export interface RunOptions extends Partial<WorldOptions> {
  readonly variables?: Parameters<typeof anAssignment>[1];
  readonly packages?: readonly (Pick<Package, 'id' | 'kind' | 'fileName'> & Partial<Package> & { readonly bytes: Buffer })[];
  readonly applications?: RunAssignment['applications'];
  /** Distribution points that the site names before itself. */
  readonly otherSources?: FakeSite['otherSources'];
  /** Values of the secret variables, as the site keeps them. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A step of a type with its options; its name is its type. */
export function aStep(type: string, options: object, more: object = {}): object {
  return { type, name: type, options, ...more };
}

export async function runSteps(steps: readonly unknown[], options: RunOptions = {}) {
  const { variables = [], packages = [], applications = [], otherSources = [], secrets = {}, ...world } = options;
  const site = await startFakeSite();
  site.otherSources.push(...otherSources);
  const folder = await aFolder();
  for (const [name, value] of Object.entries(secrets)) site.secrets.set(name, value);
  const secretOnes = Object.keys(secrets).map((name) => ({ name, value: null, secret: true }));
  site.assignment = {
    ...anAssignment(steps, [...variables, ...secretOnes], world.environment),
    applications,
    packages: packages.map(({ bytes, ...each }) => {
      const content = { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
      site.contents.set(content.sha256, bytes);
      return { programs: [], version: 1, ...each, name: each.id, content, createdAt: new Date(0).toISOString() };
    }),
  };
  const dependencies = someDependencies({ folder: folder.path, url: site.url, ...world });
  const end = await runSequence(site.assignment, dependencies, testSignal);
  await finishRun(end, dependencies, testSignal);
  const journal: EngineState['variables'] = site.journals.at(-1)?.variables ?? {};
  return {
    site,
    folder: folder.path,
    end,
    /** Everything that left the engine as text: log, messages, journal, screen. */
    everything: () =>
      [site.log.toString(), JSON.stringify(site.messages), JSON.stringify(site.journals), JSON.stringify(dependencies.shown)].join('\n'),
    variable: (name: string): string | undefined => {
      const kept = Object.entries(journal).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
      return kept !== undefined && 'value' in kept ? kept.value : undefined;
    },
    isSealed: (name: string): boolean => 'sealed' in (journal[name] ?? {}),
    log: () => site.log.toString(),
    outputs: () => site.messages.filter(({ kind }) => kind === 'step-succeeded' || kind === 'step-failed').map(({ output }) => output),
    failure: () => (end.outcome.kind === 'failed' ? end.outcome.failure : null),
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
