/** What Prometheus reads: the process, requests by route, jobs. Each app has a registry of its own. */
import { timingSafeEqual } from 'node:crypto';
import { JobState } from '@ostler/contract';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { bearerToken } from '../http/access.ts';
import { Asker, type Admission } from '../http/admission.ts';
import type { Authorise } from '../http/handlers.ts';

export interface MetricsSources {
  readonly authorise: Authorise;
  /** null: an administrator's token is the only key. */
  readonly metricsToken: string | null;
  /** Content sent since the start. */
  readonly sentBytes: () => number;
  readonly admission: Pick<Admission, 'figuresOf'>;
  countJobs(): Promise<Readonly<Partial<Record<JobState, number>>>>;
}

const secondsBuckets = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];

export function registerMetrics(server: FastifyInstance, sources: MetricsSources): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'ostler_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: secondsBuckets,
    registers: [registry],
  });
  jobGauge(registry, sources);
  sentCounter(registry, sources);
  admissionFigures(registry, sources);
  server.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) };
    durations.observe(labels, reply.elapsedTime / 1000);
  });
  server.get('/metrics', async (request, reply) => {
    if (!isMetricsToken(bearerToken(request), sources.metricsToken)) await sources.authorise(request, { permission: 'site.read' });
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  server.addHook('onClose', async () => registry.clear());
}

function jobGauge(registry: Registry, sources: MetricsSources): Gauge {
  return new Gauge({
    name: 'ostler_jobs',
    help: 'Jobs by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const counts = await sources.countJobs();
      for (const state of JobState.options) this.set({ state }, counts[state] ?? 0);
    },
  });
}

function sentCounter(registry: Registry, { sentBytes }: MetricsSources): Counter {
  return new Counter({
    name: 'ostler_content_sent_bytes_total',
    help: 'Bytes of content sent to machines and people.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(sentBytes());
    },
  });
}

function admissionFigures(registry: Registry, { admission }: MetricsSources): void {
  const requests = new Gauge({
    name: 'ostler_computer_requests',
    help: 'Requests of computers that are worked on, and that wait for their turn.',
    labelNames: ['asker', 'state'],
    registers: [registry],
    collect() {
      for (const asker of Asker) {
        const { atWork, waiting } = admission.figuresOf(asker);
        requests.set({ asker, state: 'at-work' }, atWork);
        requests.set({ asker, state: 'waiting' }, waiting);
      }
    },
  });
  const deferred = new Counter({
    name: 'ostler_computer_requests_deferred_total',
    help: 'Requests of computers that were told to ask later, because too many waited.',
    labelNames: ['asker'],
    registers: [registry],
    collect() {
      deferred.reset();
      for (const asker of Asker) deferred.inc({ asker }, admission.figuresOf(asker).deferred);
    },
  });
}

function isMetricsToken(given: string | null, expected: string | null): boolean {
  if (given === null || expected === null) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
