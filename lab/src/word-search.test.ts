import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findForms, formsOf } from './word-search.ts';

const word = 'pass "word" & <more>/?';
const never = new AbortController().signal;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'word-search-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function formsIn(content: string | Buffer): Promise<readonly string[]> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  return (await findForms(path, formsOf(word), never)).map(({ form }) => form);
}

it.each([
  ['as it is', word],
  ['percent-encoded', encodeURIComponent(word)],
  ['escaped for JSON', JSON.stringify({ text: word })],
  ['escaped for XML', '<a>pass &quot;word&quot; &amp; &lt;more&gt;/?</a>'],
  ['hexadecimal', Buffer.from(word).toString('hex')],
  ['base64', Buffer.from(word).toString('base64')],
  ['base64', Buffer.from(`user:${word}`).toString('base64')],
  ['UTF-16, little endian', Buffer.from(`Ä${word}`, 'utf16le')],
  ['UTF-16, big endian', Buffer.from(word, 'utf16le').swap16()],
  ['base64 of UTF-16', Buffer.from(word, 'utf16le').toString('base64')],
  ['UTF-16, escaped for JSON', JSON.stringify(Buffer.from(word, 'utf16le').toString('latin1'))],
])('finds a word %s', async (form, content) => {
  const found = await formsIn(Buffer.concat([Buffer.from('before '), Buffer.from(content), Buffer.from(' after')]));

  expect(found).toContain(form);
});

it('finds nothing where the word is not', async () => {
  expect(await formsIn('pass "wor" & <more>/? '.repeat(1000))).toEqual([]);
});

it('finds a word behind a hole, across the edge of what is read at once, with its place and what stands around it', async () => {
  const path = join(folder, 'sparse');
  const edge = 8 * 4 * 2 ** 20;
  const file = await open(path, 'w');
  await file.write(Buffer.from(`before ${word} after`), 0, null, edge - 12);
  await file.close();

  const [find, ...more] = await findForms(path, formsOf(word), never);

  expect(more).toEqual([]);
  expect(find).toEqual({ path, form: 'as it is', offset: edge - 5, around: `·before ${word} after` });
});
