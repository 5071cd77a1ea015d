/** `ostler distribution-point serve` and `verify`: the commands that run where a distribution point is. */
import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { hashFile } from '@ostler/content';
import { OstlerError } from '@ostler/contract';
import type { Logger } from 'pino';
import { describeSettings, readSettings } from '../load-config.ts';
import { readIdentity } from './identity.ts';
import { KeptContent } from './kept-content.ts';
import { pointDirectoryAt } from './point-directory.ts';
import { PointSettings } from './settings.ts';
import { startPoint } from './start-point.ts';

/** The site calls one silent after eight of these. */
const talkEveryMs = 15_000;

const usage = `Usage: ostler distribution-point serve [--SETTING VALUE …]
       ostler distribution-point verify [--SETTING VALUE …]

serve: pulls the content that the site assigns, and serves it to the computers that the site sends here.
verify: reads every byte that is here, and names what is damaged; \`ostler distribution-point validate\` does it from the site.
At the first start give the ticket that \`ostler distribution-point ticket NAME --ticket-file FILE\` has made at the site.

Settings:
${describeSettings(PointSettings)}
`;

export interface PointWorld {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
  readonly createLog: (level: string) => Logger;
  /** Settles when the process is told to end. */
  readonly stopped: (log: Logger) => Promise<void>;
}

/** @throws OstlerError */
export async function runPointCommand({ words: [verb = '', ...words], ...world }: PointWorld): Promise<void> {
  if (words.includes('--help') || words.includes('-h') || !['serve', 'verify'].includes(verb)) {
    process.stdout.write(usage);
    return;
  }
  const sources = { flags: words, environment: world.environment, readFile: (path: string) => readFileSync(path, 'utf8') };
  const settings = readSettings(PointSettings, sources);
  if (verb === 'serve') await serve(settings, world);
  else await verify(settings, world);
}

async function serve(settings: PointSettings, { say, createLog, stopped }: Omit<PointWorld, 'words'>): Promise<void> {
  const log = createLog(settings.logLevel);
  const fetchTrusting = (caPem: string) => {
    setDefaultCACertificates([caPem]);
    return globalThis.fetch;
  };
  await using point = await startPoint({ settings, log, now: Date.now, fetchTrusting, talkEveryMs });
  const { identity, folder, port } = point;
  say(`The distribution point is running.
  Computers reach it at  ${identity.url} (it listens on port ${port})
  Site                   ${identity.siteUrl}
  Data                   ${folder.root}`);
  await stopped(log);
}

/** @throws OstlerError DISTRIBUTION_POINT_NOT_ENROLLED, POINT_CONTENT_DAMAGED */
async function verify({ dataDirectory }: PointSettings, { say }: Omit<PointWorld, 'words'>): Promise<void> {
  const folder = pointDirectoryAt(dataDirectory);
  if ((await readIdentity(folder)) === null) throw new OstlerError('DISTRIBUTION_POINT_NOT_ENROLLED', { path: folder.root });
  const kept = await KeptContent.open(folder);
  const present = kept.pieces.filter(({ state }) => state === 'present');
  const damaged: string[] = [];
  for (const { sha256 } of present) {
    const actual = await hashFile(kept.pathOf(sha256), { signal: new AbortController().signal }).catch(() => null);
    if (actual?.sha256 !== sha256) damaged.push(sha256);
  }
  if (damaged.length > 0) throw new OstlerError('POINT_CONTENT_DAMAGED', { pieces: damaged.join(', '), path: folder.root });
  const missing = kept.pieces.filter(({ state, unwantedSinceMs }) => state !== 'present' && unwantedSinceMs === null).length;
  say(`${present.length} pieces were read and are whole; ${missing} are not here yet.`);
}
