/** What a stage has written by its end: every file, and where words are in them. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Stage } from './stage.ts';
import { findForms, formsOf } from './word-search.ts';

/** All files of the stage but the site's content, which no run writes to. */
export async function filesOf({ folder }: Pick<Stage, 'folder'>): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const unchanged = ['content', 'cache'].map((name) => join(folder, 'site', name, '/'));
  return paths.filter((path) => !unchanged.some((beginning) => path.startsWith(beginning)));
}

/** The files, by their names in the stage's folder, that have the word in any form. */
export async function filesWith(word: string, stage: Pick<Stage, 'folder' | 'signal'>): Promise<readonly string[]> {
  const forms = formsOf(word);
  const having: string[] = [];
  for (const path of await filesOf(stage)) {
    if ((await findForms(path, forms, stage.signal)).length > 0) having.push(relative(stage.folder, path));
  }
  return having;
}
