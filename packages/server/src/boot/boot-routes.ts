/**
 * Routes of the plain HTTP listener: boot scripts, the boot image's files, the first-stage loaders, the time. Nothing secret.
 * Answers are written raw: GRUB reads header names with their case, and hangs on `content-length`.
 */
import type { ServerResponse } from 'node:http';
import { MacAddress, SmbiosUuid } from '@ostler/contract';
import { grubScript, ipxeScript, tftpTree, type SiteAddress } from '@ostler/network-boot';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ContentStore } from '../content/content-store.ts';
import { serveContent } from '../content/serve-content.ts';
import type { StreamRoutes } from '../http/handlers.ts';
import { collectBootFacts, type BootFactsDependencies } from './boot-facts.ts';
import { decideBoot } from './decide-boot.ts';

export interface BootRouteDependencies extends BootFactsDependencies {
  readonly content: Pick<ContentStore, 'pathOf'>;
  readonly address: () => Promise<SiteAddress>;
}
type Write = (decision: ReturnType<typeof decideBoot>, site: SiteAddress, macAddress: string) => string;

/**
 * GRUB connects from port 21550 upwards at each start, and begins to number its bytes at the milliseconds since its start (grub-core/net/tcp.c): a
 * connection that the system still remembers takes the next start's for an old packet, and GRUB gives up. So nothing of one may stay: not
 * while a machine that is gone is waited for, and not in TIME_WAIT either (RFC 9293 §3.6), which a connection that is reset does not have.
 */
const idleSocketMs = 10_000;
/** For a script a machine may have to wait its turn: it is not taken for one that is gone. */
const awaitedScriptMs = 60_000;

const scripts = { '/boot/grub/:mac/:uuid': grubScript, '/boot/ipxe/:mac/:uuid': ipxeScript } as const;
/** The routes for which the site decides what a machine boots. */
export const bootScriptPaths = Object.keys(scripts);
const scriptFolders = bootScriptPaths.map((path) => path.slice(0, path.indexOf(':')));

/** GRUB is the first to close, with the last byte that it wanted. */
function leaveNoTrace({ socket }: FastifyRequest['raw']): void {
  socket.prependOnceListener('end', () => socket.resetAndDestroy());
}

export function bootRoutes(dependencies: BootRouteDependencies): StreamRoutes {
  return (server) => {
    server.server.on('connection', (socket) => socket.setTimeout(idleSocketMs, () => socket.resetAndDestroy()));
    server.server.on('request', ({ url = '', socket }, response) => {
      if (!scriptFolders.some((folder) => url.startsWith(folder))) return;
      socket.setTimeout(awaitedScriptMs);
      response.once('close', () => socket.setTimeout(idleSocketMs));
    });
    server.addHook('onRequest', async (request) => {
      if (isGrub(request)) leaveNoTrace(request.raw);
    });
    for (const [path, write] of Object.entries(scripts)) addScript(server, path, write, dependencies);
    addFiles(server, dependencies);
    addLoaders(server, dependencies);
    server.get('/boot/time', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(204, { 'Cache-Control': 'no-store' }).end();
    });
  };
}

/** HEAD is answered too: firmware asks for the length first. */
function addScript(server: FastifyInstance, url: string, write: Write, dependencies: BootRouteDependencies): void {
  server.get<{ Params: { mac: string; uuid: string } }>(url, async (request, reply) => {
    reply.hijack();
    const mac = MacAddress.safeParse(request.params.mac);
    const uuid = SmbiosUuid.safeParse(request.params.uuid);
    if (!mac.success || !uuid.success) return sendText(request, reply, 400, 'Not a MAC address and a UUID.\n');
    try {
      const asked = await collectBootFacts({ macAddresses: [mac.data], smbiosUuid: uuid.data }, request.ip, dependencies);
      const decision = decideBoot(asked.facts);
      const { device } = asked;
      const fields = { macAddress: mac.data, smbiosUuid: uuid.data, deviceId: device?.id ?? null, deviceName: device?.name ?? null };
      request.log.info({ ...fields, decision: decision.kind, reason: decision.reason }, 'machine asked what to boot');
      return sendText(request, reply, 200, write(decision, await dependencies.address(), mac.data));
    } catch (error) {
      request.log.error({ err: error, macAddress: mac.data }, 'no boot decision could be made');
      // The start script asks again, and goes on to the disk after a few times.
      return sendText(request, reply, 503, 'The server log has the details.\n');
    }
  });
}

/** Only files of boot images that exist: the listener is open to everyone, the rest of the content is not. */
function addFiles(server: FastifyInstance, { bootImages, content }: BootRouteDependencies): void {
  server.get<{ Params: { sha256: string } }>('/boot/files/:sha256', async (request, reply) => {
    reply.hijack();
    const { sha256 } = request.params;
    const images = await bootImages.list();
    const known = images.some(({ files }) => Object.values(files).some((file) => file.sha256 === sha256));
    if (!known) return sendText(request, reply, 404, 'There is no such boot file.\n');
    return serve(request, reply, content, sha256);
  });
}

/** The TFTP tree again, for UEFI HTTP Boot. shim asks with a double slash, GRUB for its script at the root of the server. */
function addLoaders(server: FastifyInstance, { bootImages, content, address }: BootRouteDependencies): void {
  const handler = async (request: FastifyRequest<{ Params: { '*': string } }>, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    const path = request.params['*'].replace(/^\/+/, '');
    const entry = tftpTree(await address()).find((each) => each.path === path || each.path === `grub/${path}`);
    if (entry === undefined) return sendText(request, reply, 404, 'There is no such boot file.\n');
    if ('text' in entry) return sendText(request, reply, 200, entry.text);
    const file = (await bootImages.inUse())?.files[entry.bootImageFile];
    if (file === undefined) return sendText(request, reply, 404, 'There is no boot image yet. Run: ostler boot-image build\n');
    return serve(request, reply, content, file.sha256);
  };
  server.get('/boot/loaders/*', handler);
  server.get('/grub/*', handler);
}

async function serve(request: FastifyRequest, reply: FastifyReply, content: Pick<ContentStore, 'pathOf'>, sha256: string): Promise<void> {
  try {
    const path = await content.pathOf(sha256);
    await serveContent(request.raw, reply.raw, { path, sha256, contentType: 'application/octet-stream' });
  } catch (error) {
    request.log.error({ err: error, sha256 }, 'a boot file cannot be served');
    if (reply.raw.headersSent) reply.raw.destroy();
    else sendText(request, reply, 500, 'The server log has the details.\n');
  }
}

function sendText(request: FastifyRequest, reply: FastifyReply, status: number, text: string): void {
  const body = Buffer.from(text);
  const response: ServerResponse = reply.raw;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length, 'Cache-Control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function isGrub({ headers }: FastifyRequest): boolean {
  return /^GRUB\b/.test(headers['user-agent'] ?? '');
}
