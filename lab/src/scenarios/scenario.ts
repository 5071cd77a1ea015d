/** What a scenario is: a claim about the product in one sentence, and the play that shows it. The table is index.ts. */
import type { PreparedImage } from '../prepare-site.ts';
import type { DhcpArrangement, Stage } from '../stage.ts';

export interface Scenario {
  readonly name: string;
  /** What it shows, in one sentence. */
  readonly shows: string;
  readonly dhcp: DhcpArrangement;
  /** Images that it needs besides the default one. */
  readonly images?: readonly PreparedImage[];
  /** Machines that run at the same time: for planning. */
  readonly machineCount: number;
  readonly timeLimitMinutes: number;
  /** @throws Error when the claim is not true */
  readonly play: (stage: Stage) => Promise<void>;
}

/** What a computer with an empty disk says on the serial line when it was sent to its disk. */
export const startsFromDisk = /No disk of this computer holds an operating system/;
