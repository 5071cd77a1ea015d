/**
 * The initramfs of an applied tree. To make it takes long, and several steps of one sequence change what goes into it: each leaves a mark in
 * the tree, and whoever comes last makes it once. The mark lies beside what it is about, so neither a power cut nor another boot loses it.
 */
import type { ImagingPort } from '../port.ts';
import { run } from '../run.ts';
import type { RunInTree } from './chroot.ts';
import { existsInside, hasProgram, listKernels } from './linux-tree.ts';
import { removeFromTree, writeTreeFile } from './tree-files.ts';

/** Not in the agent's folder, which goes when a run ends. */
const markPath = 'var/lib/ostler-initramfs-outdated';

/** Says that the initramfs lacks something. It comes before the change: a power cut then leaves a mark too many, never one too few. */
export async function markInitramfs(root: string): Promise<void> {
  await writeTreeFile(root, markPath, '', 0o600);
}

/**
 * Makes the initramfs of every kernel anew if one is marked; a tree without initramfs-tools only loses the mark.
 * @returns whether there was a mark @throws OstlerError COMMAND_FAILED; the mark stays then
 */
export async function makeMarkedInitramfs(root: string, { signal }: Pick<ImagingPort, 'signal'>, runInTree: RunInTree): Promise<boolean> {
  if (!(await existsInside(root, markPath))) return false;
  // An update of all would leave out a kernel whose initramfs the image came without.
  const kernels = (await hasProgram(root, 'update-initramfs')) ? await listKernels(root) : [];
  for (const kernel of kernels) await runInTree('update-initramfs', ['-c', '-k', kernel]);
  await run('sync', [], { signal });
  return removeFromTree(root, markPath);
}
