/** The folder of a distribution point's process: what is where in it. */
import { join } from 'node:path';

export interface PointDirectory {
  readonly root: string;
  /** Who it is, with the key that it calls its site with. */
  readonly identity: string;
  readonly certificate: string;
  readonly certificateKey: string;
  /** Immutable content, addressed by hash, laid out as at the site. */
  readonly content: string;
  /** What it should have, and how far each piece is. */
  readonly state: string;
  readonly lock: string;
}

export function pointDirectoryAt(root: string): PointDirectory {
  return {
    root,
    identity: join(root, 'identity.json'),
    certificate: join(root, 'certificate.pem'),
    certificateKey: join(root, 'certificate.key'),
    content: join(root, 'content'),
    state: join(root, 'state.json'),
    lock: join(root, 'server.lock'),
  };
}
