/** Content download over HTTPS by 1 and by 16 clients, against nginx serving the same file with the same certificate. */
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { median, timeMs, type Row } from './measure.ts';
import { startNginx } from './nginx.ts';
import { forgetPeak, readUsage, type Usage } from './process-usage.ts';

export interface DownloadPlace {
  readonly directory: string;
  readonly rounds: number;
  readonly serverUrl: string;
  readonly serverPid: number;
  readonly token: string;
  readonly caFile: string;
  readonly certificate: string;
  readonly key: string;
  readonly content: { readonly sha256: string; readonly sizeBytes: number; readonly folder: string };
  readonly nginxPort: number;
  readonly signal: AbortSignal;
}

interface Sample {
  readonly bytesPerSecond: number;
  readonly cpuSecondsPerGigabyte: number;
}

/** Three rows: 1 client, 16 clients, and the server's memory while it served them. */
export async function measureDownload(place: DownloadPlace): Promise<Row[]> {
  const { content, signal, nginxPort } = place;
  const nginx = await startNginx({ ...place, files: content.folder, port: nginxPort }, signal);
  try {
    const ours = { url: `${place.serverUrl}/api/v1/content/${content.sha256}`, pid: place.serverPid };
    const theirs = { url: `https://127.0.0.1:${nginxPort}/${content.sha256}`, pid: nginx.pid };
    const rows: Row[] = [];
    await forgetPeak(place.serverPid);
    for (const clients of [1, 16]) {
      const pairs: { ours: Sample; theirs: Sample }[] = [];
      for (let round = 0; round < place.rounds; round += 1) {
        pairs.push({ ours: await downloadOnce(place, ours, clients), theirs: await downloadOnce(place, theirs, clients) });
      }
      rows.push(rateRow(clients, pairs));
    }
    return [...rows, memoryRow(await readUsage(place.serverPid))];
  } finally {
    await nginx.stop(5000);
  }
}

async function downloadOnce(place: DownloadPlace, { url, pid }: { url: string; pid: number }, clients: number): Promise<Sample> {
  const before = await readUsage(pid);
  const header = `authorization: Bearer ${place.token}`;
  const args = ['--silent', '--show-error', '--fail', '--cacert', place.caFile, '--header', header, '--output', '/dev/null', url];
  const ms = await timeMs(async () => {
    await Promise.all(Array.from({ length: clients }, () => run('curl', args, { signal: place.signal })));
  });
  const after = await readUsage(pid);
  const bytes = place.content.sizeBytes * clients;
  return { bytesPerSecond: bytes / (ms / 1000), cpuSecondsPerGigabyte: (after.cpuSeconds - before.cpuSeconds) / (bytes / 1e9) };
}

function rateRow(clients: number, pairs: readonly { ours: Sample; theirs: Sample }[]): Row {
  const words = (samples: readonly Sample[]): string =>
    `${Math.round(median(samples.map(({ bytesPerSecond }) => bytesPerSecond)) / 1e6)} MB/s, ${median(samples.map(({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte)).toFixed(2)} CPU s/GB`;
  return {
    what: `content download, ${clients} client${clients === 1 ? '' : 's'}`,
    against: 'nginx, HTTPS, same certificate',
    ours: words(pairs.map((pair) => pair.ours)),
    theirs: words(pairs.map((pair) => pair.theirs)),
    ratio: median(pairs.map((pair) => pair.ours.bytesPerSecond / pair.theirs.bytesPerSecond)),
    expected: '≥ 0.8',
    bound: 'CPU: the clients’ and the server’s TLS share the same cores',
  };
}

function memoryRow({ peakResidentBytes }: Usage): Row {
  const what = 'server’s peak resident memory, 16 downloads';
  return {
    what,
    against: '–',
    ours: `${Math.round(peakResidentBytes / 1e6)} MB`,
    theirs: '–',
    ratio: null,
    expected: '< 200 MB',
    bound: 'Node’s heap and buffers',
  };
}

/** Where the content store keeps a piece: a folder by the hash's first two characters. */
export function contentFolder(dataDirectory: string, sha256: string): string {
  return join(dataDirectory, 'content', sha256.slice(0, 2));
}
