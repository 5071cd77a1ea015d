import { stripVTControlCharacters } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runOnTerminal, start } from './run.ts';

/** A real terminal that nobody else uses: its path, and what is shown on it. */
async function aTerminal() {
  const shown = { text: '' };
  const owner = await start('script', ['-qfc', 'tty; exec sleep 60', '/dev/null'], { onOutput: (text) => (shown.text += text) });
  while (!/\/dev\/pts\/\d+/.test(shown.text)) await setTimeout(20);
  const path = /\/dev\/pts\/\d+/.exec(shown.text)?.[0] ?? '';
  shown.text = '';
  return { path, text: () => stripVTControlCharacters(shown.text), [Symbol.asyncDispose]: () => owner.stop(1000) };
}

/** Only root may take a terminal from its session. */
describe.runIf(process.getuid?.() === 0)('a program on a terminal', () => {
  test('has it as its own: what it prints is seen there, and /dev/tty is that terminal', async () => {
    await using terminal = await aTerminal();

    const exitCode = await runOnTerminal('sh', ['-c', 'tty; echo seen >/dev/tty; exit 3'], terminal.path, AbortSignal.timeout(20_000));

    expect(exitCode).toBe(3);
    await expect.poll(terminal.text).toContain(`${terminal.path}\r\nseen`);
  });

  test('is gone when it is no longer wanted', async () => {
    await using terminal = await aTerminal();
    const wanted = new AbortController();
    const ended = runOnTerminal('sh', ['-c', 'echo here; sleep 60; echo late'], terminal.path, wanted.signal);
    await expect.poll(terminal.text).toContain('here');

    wanted.abort();

    expect(await ended).toBe(137);
    expect(terminal.text()).not.toContain('late');
  });
});
