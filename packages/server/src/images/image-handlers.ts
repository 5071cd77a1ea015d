/** The routes of operating system images; the work is done by jobs. */
import { OstlerError, type OperatingSystemImage } from '@ostler/contract';
import type { Logger } from 'pino';
import type { Handlers, HandlersOf } from '../http/handlers.ts';
import type { JobQueue } from '../jobs/job-handlers.ts';
import { storeImage, type ImportDependencies } from './import-image.ts';

export interface ImageHandlerDependencies extends ImportDependencies {
  readonly jobs: JobQueue;
  /** Names of what refers to an image, such as task sequences. */
  readonly imageUsers: (imageId: string) => Promise<string[]>;
}

export function imageHandlers({ images, jobs, uploads, imageUsers }: ImageHandlerDependencies): HandlersOf<'images'> {
  return {
    'images.list': async () => ({ items: await images.list() }),
    'images.get': ({ params }) => images.get(params.id),
    'images.import': async ({ body }) => {
      await images.refuseTaken(body.name);
      const { name, description, path = null, uploadId = null } = body;
      const upload = uploadId === null ? null : await uploads.finished('administrators', uploadId);
      return jobs.enqueue('image-import', upload?.fileName ?? path ?? name, { name, description, path, uploadId });
    },
    'images.create': async ({ body }) => {
      await images.refuseTaken(body.name);
      const { name, distribution, suite, architecture, extraPackages, mirror = null } = body;
      return jobs.enqueue('image-create', name, { name, distribution, suite, architecture, extraPackages, mirror });
    },
    'images.export': async ({ params, body }) => {
      const image = await images.get(params.id);
      return jobs.enqueue('image-export', image.name, { imageId: image.id, index: body.index, path: body.path });
    },
    'images.delete': async ({ params }) => {
      const image = await images.get(params.id);
      const users = await imageUsers(image.id);
      if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'image', name: image.name, users: users.join(', ') });
      await images.remove(image.id);
      return { ok: true };
    },
  };
}

export interface CaptureDependencies extends ImportDependencies {
  readonly log: Logger;
  /** Aborts when the server stops. A machine that went away does not stop it: it comes back and asks again. */
  readonly stopping: AbortSignal;
}

/** A captured image's upload becomes an image. Asked again, it answers the image it made, or waits for the making that runs. */
export function captureHandlers(dependencies: CaptureDependencies): Pick<Handlers, 'agent.capturedImage'> {
  const { images, uploads, log, stopping } = dependencies;
  const running = new Map<string, Promise<OperatingSystemImage>>();
  const make = async (owner: string, uploadId: string, wanted: { name: string; description: string }): Promise<OperatingSystemImage> => {
    const made = await images.findMadeBy(uploadId);
    if (made !== null) return made;
    const upload = await uploads.finished(owner, uploadId);
    // A name that is taken is no reason to lose an hour's work.
    const name = await images.freeName(wanted.name);
    const { path, fileName: shownAs } = upload;
    const source = { name, description: wanted.description, path, shownAs, origin: 'capture', madeBy: uploadId, ours: true } as const;
    const image = await storeImage(source, { signal: stopping, log, report: () => undefined }, dependencies);
    await uploads.remove(owner, uploadId);
    return image;
  };
  return {
    'agent.capturedImage': async ({ params, body }, { caller }) => {
      if (caller.kind !== 'agent' || caller.runId !== params.id) throw new OstlerError('FORBIDDEN', {});
      const { uploadId } = body;
      const work = running.get(uploadId) ?? make(caller.deviceId, uploadId, body).finally(() => running.delete(uploadId));
      running.set(uploadId, work);
      return work;
    },
  };
}
