import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { describe, expect, test } from 'vitest';
import { stageDirectory } from './hash-inputs.ts';

const { signal } = new AbortController();
const scripts = globSync('*/*.sh', { cwd: stageDirectory });

/** Runs a line of shell with functions of the stages at hand. */
async function shell(source: string, line: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `. ${join(stageDirectory, source)}; ${line}`], { signal });
  return stdout.trim();
}

test.each(scripts)('%s is a valid shell script', async (script) => {
  await run('sh', ['-n', join(stageDirectory, script)], { signal });
});

describe('what the first stage reads', () => {
  test.each([
    ['52:54:00:AB:CD:EF', '52:54:00:ab:cd:ef'],
    ['52-54-00-ab-cd-ef', '52:54:00:ab:cd:ef'],
    ['01-52-54-00-ab-cd-ef', '52:54:00:ab:cd:ef'],
  ])('the boot adapter as %s', async (given, expected) => {
    expect(await shell('initramfs/network.sh', `normal_mac ${given}`)).toBe(expected);
  });

  test('a path of the manifest with and without a slash', async () => {
    expect(await shell('initramfs/fetch.sh', 'join_url http://a:8080/ /boot/x; join_url http://a:8080 boot/x')).toBe(
      'http://a:8080/boot/x\nhttp://a:8080/boot/x',
    );
  });

  test.each([
    [404, 'refused'],
    [503, 'again'],
    ['000', 'again'],
  ])('HTTP status %s means %s', async (status, meaning) => {
    expect(await shell('initramfs/fetch.sh', `status=${status}; is_refused && echo refused || echo again`)).toBe(meaning);
  });
});

test('progress shows share, amount and rate', async () => {
  const drawn = await shell('shared/console.sh', 'print() { printf %b "$1"; }; draw_progress squashfs 65000000 130000000 12345678');

  expect(drawn).toContain('squashfs [############------------] 50 %  65 of 130 MB  12.3 MB/s');
});
