/** nginx on loopback with the same certificate, serving one folder: what a user would put in front of the content instead. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, type RunningProgram } from '@ostler/imaging/run';

export interface NginxPlace {
  readonly directory: string;
  readonly files: string;
  readonly certificate: string;
  readonly key: string;
  readonly port: number;
}

/** Starts nginx with one worker a core, sendfile and TLS as Debian configures them. */
export async function startNginx({ directory, files, certificate, key, port }: NginxPlace, signal: AbortSignal): Promise<RunningProgram> {
  const home = join(directory, 'nginx');
  await mkdir(home, { recursive: true });
  const configuration = `
daemon off; master_process on; worker_processes auto; user root; pid ${home}/nginx.pid; error_log ${home}/error.log;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path ${home}; proxy_temp_path ${home}; fastcgi_temp_path ${home}; uwsgi_temp_path ${home}; scgi_temp_path ${home};
  server { listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; root ${files}; }
}
`;
  await writeFile(join(home, 'nginx.conf'), configuration);
  const program = await start('nginx', ['-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')], {});
  await sleep(500, undefined, { signal });
  await readFile(join(home, 'nginx.pid'), 'utf8');
  return program;
}
