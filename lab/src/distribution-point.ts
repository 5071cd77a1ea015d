/** A distribution point of the lab: a real process with an address of its own on the stage's network, which can be killed. */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from '@ostler/imaging/run';
import type { Stage } from './stage.ts';

export interface LabDistributionPoint extends AsyncDisposable {
  readonly id: string;
  readonly name: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** Makes it at the site, in the boundary group, and starts it with its ticket. `name`: lower-case letters. */
export async function startDistributionPoint(
  stage: Stage,
  { name, address, groupId }: { readonly name: string; readonly address: string; readonly groupId: string },
): Promise<LabDistributionPoint> {
  const { site, network, folder, repository, signal } = stage;
  const url = `https://${address}:8443`;
  const { id } = await site.call('distributionPoints.create', { body: { name, url, spaceReserveBytes: 0 } }, signal);
  await site.call('distributionPoints.addGroup', { params: { id, groupId } }, signal);
  const ticketFile = join(folder, `${name}.ticket`);
  await writeFile(ticketFile, JSON.stringify(await site.call('distributionPoints.ticket', { params: { id } }, signal)), { mode: 0o600 });
  const inside = await network.addNeighbour(name, address, signal);
  const flags = ['--data-directory', join(folder, name), '--ticket-file', ticketFile, '--listen-address', address];
  const { program, args } = inside(join(repository, 'ostler'), ['distribution-point', 'serve', ...flags]);
  const log = createWriteStream(join(folder, `${name}.log`));
  const point = await start(program, args, { cwd: repository, onOutput: (text) => void log.write(text) });
  void point.exited.then(() => log.end());
  return {
    id,
    name,
    kill: () => point.stop(0),
    [Symbol.asyncDispose]: () => point.stop(5000),
  };
}
