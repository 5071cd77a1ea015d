/** The same request again and again over kept connections, as fast as it is answered: from the site and from a bare HTTPS server, in turn. */
import { start, type RunningProgram } from '@ostler/imaging/run';
import type { StatusMessage } from '@ostler/contract';
import { median, type Row } from '../measure.ts';
import { beginRun } from './deploying-computer.ts';
import { Line, type SiteName } from './line.ts';
import type { Machine } from './machine.ts';
import type { Client } from './load.ts';
import { Traffic } from './traffic.ts';

export interface Comparison {
  readonly site: SiteName;
  readonly spare: readonly Machine[];
  readonly clients: readonly Client[];
  readonly certificate: string;
  readonly key: string;
  readonly plainPort: number;
  readonly database: string;
  readonly rounds: number;
}

/** Asks once. */
type Ask = (signal: AbortSignal) => Promise<unknown>;

const sampleMs = 4000;
/** A server that does not answer would be asked again for ever. */
const givenUpMs = 60_000;

export async function compare(comparison: Comparison, signal: AbortSignal): Promise<Row[]> {
  const { spare, clients } = comparison;
  const policies = clients.slice(0, spare.length).map(({ key }) => policyLane(key));
  const reports = await Promise.all(spare.map((machine) => reportLane(machine, comparison, signal)));
  return [
    await measure({ what: 'policy of a client', lanes: policies, answer: policyAnswer }, comparison, signal),
    await measure({ what: 'status report of a run', lanes: reports, answer: reportAnswer }, comparison, signal),
  ];
}

interface Lane {
  readonly key: string;
  readonly ask: (line: Line) => Ask;
}

const policyAnswer = { pollSeconds: 300, run: null, agent: { sha256: '0'.repeat(64) } };
const reportAnswer = { acknowledged: 1, cancelRequested: false, pauseRequested: false, restartHold: null, debugOrders: [] };

function policyLane(key: string): Lane {
  return { key, ask: (line) => (signal) => line.call('client.poll', {}, signal) };
}

/** Each report has one new message, as in a run. */
async function reportLane(machine: Machine, { site }: Comparison, signal: AbortSignal): Promise<Lane> {
  const line = new Line({ site, traffic: new Traffic(), kept: true });
  const id = await beginRun(machine, line, signal);
  const { key } = line;
  line.close();
  let sequence = 0;
  return {
    key: key ?? '',
    ask: (asked) => (limited) => {
      sequence += 1;
      return asked.call('agent.report', { params: { id }, body: { messages: [note(sequence)], progress: null, debug: null } }, limited);
    },
  };
}

function note(sequence: number): StatusMessage {
  const step = { environment: 'boot-image', stepName: 'Step 1', stepType: 'run-command-line' } as const;
  const nothing = { exitCode: null, durationMs: null, error: null, facts: {} };
  return { sequence, at: new Date().toISOString(), kind: 'note', path: [0], ...step, ...nothing, output: 'x'.repeat(200) };
}

async function measure(
  { what, lanes, answer }: { readonly what: string; readonly lanes: readonly Lane[]; readonly answer: object },
  comparison: Comparison,
  signal: AbortSignal,
): Promise<Row> {
  const { site, plainPort, database, rounds } = comparison;
  const plain = await startPlain(comparison, answer, signal);
  try {
    const theirs: SiteName = { ...site, name: '127.0.0.1', addresses: ['127.0.0.1'], httpsPort: plainPort };
    const pairs: { ours: number; theirs: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      pairs.push({ ours: await requestsPerSecond(lanes, site, signal), theirs: await requestsPerSecond(lanes, theirs, signal) });
    }
    const words = (rates: readonly number[]): string => `${Math.round(median(rates)).toLocaleString('en')} requests/s`;
    return {
      what: `${what}, ${lanes.length} connections, ${database}`,
      against: 'a bare node:https server, a fixed answer',
      ours: words(pairs.map((pair) => pair.ours)),
      theirs: words(pairs.map((pair) => pair.theirs)),
      ratio: median(pairs.map((pair) => pair.ours / pair.theirs)),
      expected: '–',
      bound: 'one core: who calls, the query or commit, and the parsing of both bodies, which the fixed answer does not have',
    };
  } finally {
    await plain.stop(5000);
  }
}

async function startPlain({ certificate, key, plainPort }: Comparison, answer: object, signal: AbortSignal): Promise<RunningProgram> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const args = [`${import.meta.dirname}/plain-server.ts`, certificate, key, String(plainPort), JSON.stringify(answer)];
  const program = await start(process.execPath, args, { onOutput: () => resolve() });
  await Promise.race([promise, program.exited]);
  signal.throwIfAborted();
  return program;
}

async function requestsPerSecond(lanes: readonly Lane[], site: SiteName, signal: AbortSignal): Promise<number> {
  const traffic = new Traffic();
  const startedAtMs = performance.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(givenUpMs)]);
  await Promise.all(
    lanes.map(async ({ key, ask }) => {
      const line = new Line({ site, traffic, kept: true });
      line.useKey(key);
      const once = ask(line);
      while (performance.now() - startedAtMs < sampleMs) await once(limit);
      line.close();
    }),
  );
  const { count, errors, lost } = traffic.total();
  if (errors + lost > 0) throw new Error(`The comparison failed: ${traffic.problems().join('; ')}`);
  return count / ((performance.now() - startedAtMs) / 1000);
}
