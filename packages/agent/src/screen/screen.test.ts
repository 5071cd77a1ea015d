import { afterEach, expect, test, vi } from 'vitest';
import type { PageView } from './screen-state.ts';
import { Screen } from './screen.ts';
import { decodeKeys } from './keys.ts';
import type { OnKey, Terminal } from './terminal.ts';

const page: PageView = {
  view: 'page',
  title: 'Choose what to deploy',
  lines: [],
  items: [{ label: 'Install Debian', detail: '', value: null }],
  selected: 0,
  note: '',
  keys: [{ key: 'Enter', label: 'next' }],
};

afterEach(() => vi.useRealTimers());

test('Ctrl+L shows again what is shown, on a serial line and on a screen, and answers no question', async () => {
  vi.useFakeTimers();
  const written: Record<string, string> = {};
  const keys = Promise.withResolvers<OnKey>();
  const console_ = (path: string, kind: Terminal['kind']): Terminal => ({
    path,
    kind,
    write: (text) => {
      written[path] = (written[path] ?? '') + text;
    },
    size: () => ({ columns: 80, rows: 25 }),
    close: () => undefined,
  });
  const open = (onKey: OnKey): Terminal[] => {
    keys.resolve(onKey);
    return [console_('/dev/ttyS0', 'lines'), console_('/dev/tty1', 'full')];
  };
  const screen = new Screen({ open, nowMs: () => 0 });
  screen.show(page);
  const lines = 'Choose what to deploy\r\n  1  Install Debian\r\n[Enter] next\r\n> 1  Install Debian';
  expect(written['/dev/ttyS0']?.endsWith(lines)).toBe(true);
  const next = screen.nextKey(AbortSignal.timeout(5000));
  for (const path of Object.keys(written)) delete written[path];

  const press = await keys.promise;
  for (const key of decodeKeys('\f\r')) press(key, '/dev/ttyS0');

  expect(written['/dev/ttyS0']).toBe(`\r\n${lines}`);
  expect(written['/dev/tty1']).toContain('Install Debian');
  expect(await next).toEqual({ kind: 'enter' });
  screen.close();
});
