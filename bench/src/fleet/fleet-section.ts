/** The figures of a fleet as a section of docs/measurements.md: the rows, then each kind of request. */
import { formatRows, machineText, tableRow, type Section } from '../output.ts';
import { siteName, type FleetOptions, type FleetResult } from './fleet.ts';
import type { Answered } from './traffic.ts';

export function fleetSection(options: FleetOptions, { rows, kinds, loadAverages }: FleetResult): Section {
  const { devices, deploying, seconds, database, servers } = options;
  const heading = `## A fleet on ${siteName(options)}`;
  const site = servers === 1 ? `--database ${database}` : '--servers 2';
  const scale = `--devices ${devices} --deploying ${deploying} --seconds ${seconds} ${site}`;
  const [before, after] = loadAverages.map((average) => average.toFixed(1));
  const text = [
    heading,
    '',
    `Made by \`./ostler bench fleet ${scale}\` on ${new Date().toISOString().slice(0, 10)}: ${machineText()}. The fleet is simulated on the same machine; its load average was`,
    `${before} when the fleet began and ${after} when it had ended, the fleet itself included: where that is above the number of processors, times are longer than the server alone would need.`,
    '',
    ...formatRows(rows),
    '',
    tableRow(['request', 'count', 'p50', 'p95', 'p99', 'errors', 'without an answer', 'told to ask later']),
    tableRow(Array.from({ length: 8 }, () => '---')),
    ...kinds.map(kindRow),
    '',
  ].join('\n');
  return { heading, text };
}

function kindRow({ kind, count, p50Ms, p95Ms, p99Ms, errors, lost, deferred }: Answered): string {
  const times = [p50Ms, p95Ms, p99Ms].map((ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);
  return tableRow([kind, count.toLocaleString('en'), ...times, String(errors), String(lost), deferred.toLocaleString('en')]);
}
