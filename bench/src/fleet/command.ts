/** `ostler bench fleet`: a simulated fleet against a site of its own; prints the figures, and saves them as a section of docs/measurements.md. */
import { parseArgs } from 'node:util';
import { databasesOf, wholeNumber } from '../options.ts';
import { printLine, saveSection } from '../output.ts';
import { measureFleet, type FleetOptions } from './fleet.ts';
import { fleetSection } from './fleet-section.ts';

const help = `Usage: ostler bench fleet [--devices N] [--deploying N] [--seconds N] [--database sqlite|postgresql | --servers 2] [--output FILE]

Simulates a fleet that speaks the agent's protocol: computers that boot from the network, say hello and run a task sequence with the real
engine; clients that ask for policy; machines that wait for their approval. Then it looks whether everything that the site acknowledged is there.

  --devices N       computers in all, 10000 by default; one of a hundred waits for its approval
  --deploying N     of them deploy at once, 1000 by default
  --seconds N       how long a deployment takes where the site answers at once, 60 by default; clients ask as often as a new site lets them
  --database NAME   sqlite or postgresql (one is started for it); both, one after the other, by default
  --servers 2       two servers share a PostgreSQL and a folder; one is killed in the middle, and the fleet goes on at the other
  --rounds N        of the comparison with a bare server, 3 by default
  --profile DIR     write the server's CPU profile there, for Chrome's developer tools
  --output FILE     where the section goes, docs/measurements.md by default; "none": nowhere

The exit code is 1 when a request failed or something was lost.`;

/** @returns the exit code */
export async function runFleetCommand(words: readonly string[], defaultOutput: string, signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      devices: { type: 'string', default: '10000' },
      deploying: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '60' },
      database: { type: 'string' },
      servers: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      profile: { type: 'string' },
      output: { type: 'string', default: defaultOutput },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    printLine(help);
    return 0;
  }
  const [devices, deploying, seconds] = [values.devices, values.deploying, values.seconds].map((text) => wholeNumber(text));
  const common = {
    devices: devices ?? 0,
    deploying: deploying ?? 0,
    seconds: seconds ?? 0,
    rounds: wholeNumber(values.rounds),
    profileDirectory: values.profile ?? null,
  };
  let exitCode = 0;
  const servers = values.servers === '2' ? 2 : 1;
  for (const database of servers === 2 ? (['postgresql'] as const) : databasesOf(values.database)) {
    const problems = await measureOne({ ...common, servers, database }, values.output === 'none' ? null : values.output, signal);
    if (problems > 0) exitCode = 1;
  }
  return exitCode;
}

/** @param output null: it is printed only. @returns how much went wrong */
export async function measureOne(options: FleetOptions, output: string | null, signal: AbortSignal): Promise<number> {
  const result = await measureFleet(options, printLine, signal);
  const section = fleetSection(options, result);
  printLine(section.text);
  for (const problem of result.problems.slice(0, 20)) printLine(`PROBLEM: ${problem}`);
  if (output !== null) await saveSection(output, section);
  return result.problems.length;
}
