import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { KeyQueue } from './key-queue.ts';
import { decodeKeys, unfinishedKey } from './keys.ts';
import { appended } from './typed-line.ts';

const signal = AbortSignal.timeout(10_000);
const paste = (queue: KeyQueue, text: string): void => {
  for (const key of decodeKeys(text)) queue.push(key);
};
const read = async (queue: KeyQueue, count: number): Promise<string> => {
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const key = await queue.next(signal);
    text += key.kind === 'text' ? key.text : `<${key.kind}>`;
  }
  return text;
};

test('a name that is pasted arrives whole', async () => {
  const queue = new KeyQueue();
  const text = read(queue, 5);

  paste(queue, 'pc-7\r');

  expect(await text).toBe('pc-7<enter>');
});

test('a key that nobody waited for answers no later question', async () => {
  const queue = new KeyQueue();
  paste(queue, 'a');
  const first = read(queue, 1);
  paste(queue, 'b\r');
  await first;
  await nextTurn();
  const second = read(queue, 1);

  paste(queue, 'c');

  expect([await first, await second]).toEqual(['b', 'c']);
});

test('a wait that ended takes no key', async () => {
  const queue = new KeyQueue();
  const over = new AbortController();
  const ended = queue.next(over.signal);
  over.abort(new Error('over'));
  await expect(ended).rejects.toThrow('over');
  const next = read(queue, 1);

  paste(queue, 'x');

  expect(await next).toBe('x');
});

test.each([
  ['a\u001B', '\u001B'],
  ['\u001B[', '\u001B['],
  ['\u001B[1', '\u001B[1'],
  ['\u001BO', '\u001BO'],
  ['\u001B[A', ''],
  ['ab', ''],
])('of %j the end %j may go on', (input, end) => {
  expect(unfinishedKey(input)).toBe(end);
});

test.each([
  ['', [], 'Name: ', 'Name: '],
  ['Name: ', [], 'Name: pc', 'pc'],
  ['Name: pc', [], 'Name: p', '\b \b'],
  ['Name: pc', [], 'Room: ', '\r\nRoom: '],
  ['Name: pc', ['one', 'two'], '', '\r\none\r\ntwo\r\n'],
  ['Name: pc', ['one'], 'Name: pc', '\r\none\r\nName: pc'],
  ['Name: pc', [], '', '\r\n'],
])('a serial line that shows %j gets for %j and %j: %j', (before, lines, now, expected) => {
  expect(appended(before, lines, now)).toBe(expected);
});
