/** Makes the second stage's squashfs: the pruned tree with Node and our own files added. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { buildEpoch } from './build-tree.ts';
import { stageDirectory } from './hash-inputs.ts';

/** Where each text of the stages goes in the squashfs. */
const stageFolders = ['root', 'shared'] as const;

/** Writes `output` from the tree at `root`. `workDirectory` takes the stripped Node and the list of added files. */
export async function buildSquashfs(
  paths: { readonly root: string; readonly nodeBinary: string; readonly workDirectory: string; readonly output: string },
  signal: AbortSignal,
): Promise<void> {
  const node = join(paths.workDirectory, 'node');
  await run('strip', ['-o', node, paths.nodeBinary], { signal });
  const pseudoFile = join(paths.workDirectory, 'added-files');
  await writeFile(pseudoFile, await listAddedFiles(node));
  const times = ['-all-time', String(buildEpoch), '-mkfs-time', String(buildEpoch)];
  // Larger blocks save little space, and reading one small file unpacks a whole block.
  const compression = ['-comp', 'zstd', '-Xcompression-level', '15', '-b', '128K'];
  const args = [paths.root, paths.output, '-noappend', '-no-progress', '-no-xattrs', ...times, ...compression, '-pf', pseudoFile];
  await run('mksquashfs', args, { signal });
}

/** mksquashfs's pseudo file definitions: the added files are read while it runs, the tree in the cache stays as it is. */
async function listAddedFiles(node: string): Promise<string> {
  const lines = ['/usr/lib/ostler d 755 0 0', addedFile('/usr/bin/node', '755', node)];
  for (const folder of stageFolders) {
    for (const name of (await readdir(join(stageDirectory, folder))).toSorted()) {
      const target = folder === 'root' && name === 'init.sh' ? 'init' : name;
      lines.push(addedFile(`/usr/lib/ostler/${target}`, '755', join(stageDirectory, folder, name)));
    }
  }
  return `${lines.join('\n')}\n`;
}

function addedFile(path: string, mode: string, source: string): string {
  return `${path} f ${mode} 0 0 cat '${source.replaceAll("'", `'\\''`)}'`;
}
