/** A step's context for tests of one handler: real variables and target, a server that is the test's, imaging as far as it is replaced. */
import { join } from 'node:path';
import type { RunAssignment } from '@ostler/contract';
import { noFacts, Variables } from '@ostler/task-sequence';
import type { ImagingOperations } from '../src/imaging-operations.ts';
import { NetworkFolders } from '../src/network-folders.ts';
import { RunLog } from '../src/log.ts';
import type { StepContext } from '../src/steps/step-context.ts';
import { anAssignment, someDependencies } from './builders.ts';

export interface StepWorld {
  readonly folder: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly imaging?: Partial<ImagingOperations>;
  readonly environment?: 'boot-image' | 'installed-os';
  readonly assignment?: Partial<RunAssignment>;
  /** Answers the calls of the API. */
  readonly answer?: (route: string, request: unknown) => unknown;
  readonly content?: Partial<StepContext['content']>;
}

export interface TestStepContext extends StepContext {
  readonly variables: Variables;
  /** What was called on the server. */
  readonly calls: { route: string; request: unknown }[];
}

export function aStepContext(world: StepWorld): TestStepContext {
  const { folder, environment = 'boot-image' } = world;
  const calls: { route: string; request: unknown }[] = [];
  const { imaging, target, facts, content, program, handOver } = someDependencies({
    folder,
    url: 'http://127.0.0.1:1',
    environment,
    ...(world.imaging === undefined ? {} : { imaging: world.imaging }),
  });
  const call = (route: string, request: unknown): Promise<never> => {
    calls.push({ route, request });
    // Safe: the test answers what the route does.
    return Promise.resolve((world.answer?.(route, request) ?? { ok: true }) as never);
  };
  const given = Object.entries(world.variables ?? {}).map(([name, value]) => ({ name, value, secret: false }));
  const signal = AbortSignal.timeout(120_000);
  const log = new RunLog(() => new Date());
  return {
    path: [0],
    variables: new Variables(given),
    signal,
    cancelSignal: signal,
    loadSecrets: () => Promise.resolve(),
    environment,
    facts,
    assignment: { ...anAssignment([]), ...world.assignment },
    target,
    conditionFacts: noFacts,
    networkFolders: new NetworkFolders({ imaging, log }),
    imaging,
    content: { ...content, ...world.content },
    link: { call },
    log,
    handOver,
    program,
    memoryDirectory: join(folder, 'memory'),
    stateDirectory: join(folder, 'state'),
    report: () => undefined,
    output: () => undefined,
    calls,
  };
}
