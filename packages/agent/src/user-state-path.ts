/** Where user state is kept on the computer's own disk while its operating system is replaced: `_SMSTSUserStatePath` (feature map §3.2). */
import { join } from 'node:path';

const userStateFolder = '/.ostler-user-state';

/** @param root of the operating system's volume: `/` in the installed system, where it is mounted in the boot environment */
export function userStatePath(root: string): string {
  return join(root, userStateFolder);
}
