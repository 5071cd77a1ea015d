/** Where a piece of content lies below its folder: `<aa>/<sha256>`. */
import { join } from 'node:path';

export function contentPath(folder: string, sha256: string): string {
  return join(folder, sha256.slice(0, 2), sha256);
}
