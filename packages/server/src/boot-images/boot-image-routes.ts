/** The routes of boot images: the list and the build for people; the manifest and the failure report for the first stage. */
import { MacAddress, streamRoutes } from '@ostler/contract';
import type { HandlersOf, StreamRoutes } from '../http/handlers.ts';
import type { JobQueue } from '../jobs/job-handlers.ts';
import type { AgentBundle } from './agent-bundle.ts';
import type { BootImageStore } from './boot-image-store.ts';

export function bootImageHandlers(bootImages: BootImageStore, jobs: JobQueue): HandlersOf<'bootImages'> {
  return {
    'bootImages.list': async () => ({ items: await bootImages.list() }),
    'bootImages.build': ({ body }) => jobs.enqueue('boot-image-build', `Debian ${body.options.suite}`, body),
    'bootImages.delete': async ({ params }) => {
      await bootImages.remove(params.id);
      return { ok: true };
    },
  };
}

/** What the first stage said of why it could not go on. */
export interface BootFailure {
  readonly bootImageId: string;
  readonly macAddress: string | null;
  readonly text: string;
}

export interface FirstStageDependencies {
  readonly bootImages: BootImageStore;
  readonly agentBundle: () => Promise<AgentBundle>;
  /** Keeps it with the device, where there is one with this MAC address. */
  readonly recordBootFailure: (failure: BootFailure) => Promise<void>;
}

/** Anybody can send a report: it is short, and it is text. */
const failureLimitBytes = 16 * 1024;

type ByImage = { readonly Params: { readonly id: string }; readonly Querystring: Readonly<Record<string, string | undefined>> };

export function firstStageStreams({ bootImages, agentBundle, recordBootFailure }: FirstStageDependencies): StreamRoutes {
  return (server) => {
    server.get<ByImage>(streamRoutes['bootImages.manifest'].path, async (request, reply) => {
      const image = await bootImages.get(request.params.id);
      const { ref } = await agentBundle();
      const squashfs = image.files['squashfs'];
      const lines = [
        ...(squashfs === undefined ? [] : [`squashfs ${squashfs.sha256} ${squashfs.sizeBytes} /boot/files/${squashfs.sha256}`]),
        `agent ${ref.sha256} ${ref.sizeBytes} /api/v1/agent/bundle/${ref.sha256}`,
      ];
      return reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(`${lines.join('\n')}\n`);
    });
    server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: failureLimitBytes }, (_request, body, done) => {
      done(null, body);
    });
    server.post<ByImage>(streamRoutes['bootImages.failure'].path, { bodyLimit: failureLimitBytes }, async (request, reply) => {
      const text = printable(typeof request.body === 'string' ? request.body : '');
      const macAddress = macOf(request.query, text);
      const failure = { bootImageId: request.params.id.slice(0, 64), macAddress, text };
      request.log.warn({ ...failure, remoteAddress: request.ip }, 'the first stage of a machine failed');
      await recordBootFailure(failure);
      return reply.code(204).send();
    });
  };
}

/** In the query (`mac=`), or on a line `mac …` of the report. */
function macOf(query: ByImage['Querystring'], text: string): string | null {
  const given = query['mac'] ?? /^mac (\S+)$/m.exec(text)?.[1];
  const parsed = MacAddress.safeParse(given);
  return parsed.success ? parsed.data : null;
}

/** Lines of text without what could move a terminal's cursor. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '');
}
