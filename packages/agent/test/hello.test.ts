import type { HelloAnswer } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { sayHello } from '../src/hello.ts';
import { RunLog } from '../src/log.ts';
import { describeChange, nothingShown } from '../src/screen/describe-change.ts';
import type { Key } from '../src/screen/keys.ts';
import type { ScreenView } from '../src/screen/screen-state.ts';
import { aLink, facts } from './builders.ts';
import { startFakeSite } from './fake-site.ts';

const ready: HelloAnswer = {
  state: 'ready',
  deviceId: 'device-1',
  deviceName: 'PC-1',
  key: 'k',
  runId: 'run-1',
  menu: [],
  siteName: 'Lab',
};

/** A person who types these keys, and what they see. */
function aPerson(keys: readonly Key[]) {
  const shown: ScreenView[] = [];
  const left = [...keys];
  return {
    shown,
    screen: {
      show: (view: ScreenView) => void shown.push(view),
      nextKey: async () => left.shift() ?? Promise.reject(new Error('no key is left')),
    },
  };
}
const typed = (text: string): Key[] => [...text.split('').map((each) => ({ kind: 'text' as const, text: each })), { kind: 'enter' }];

async function aHello(site: Awaited<ReturnType<typeof startFakeSite>>, keys: readonly Key[]) {
  const person = aPerson(keys);
  const answer = await sayHello({
    link: aLink(site.url),
    screen: person.screen,
    log: new RunLog(() => new Date()),
    facts,
    bootMacAddress: null,
    bootImageId: null,
    claim: 'a'.repeat(32),
    signal: AbortSignal.timeout(20_000),
  });
  return { answer, person };
}

describe('hello', () => {
  test('a machine that waits shows who it is and goes on once it is approved, with the same claim', async () => {
    await using site = await startFakeSite();
    site.helloAnswers = [{ state: 'waiting-for-approval', deviceName: 'PC-1', pollSeconds: 1 }, ready];

    const { answer, person } = await aHello(site, []);

    expect(answer).toEqual(ready);
    expect(person.shown).toEqual([
      expect.objectContaining({ view: 'waiting', computer: expect.objectContaining({ macAddress: '52:54:00:00:00:01' }) }),
    ]);
    expect(new Set(site.hellos.map(({ claim }) => claim)).size).toBe(1);
  });

  test('a password is asked for until it is right, and never shown', async () => {
    await using site = await startFakeSite();
    const again = (wrong: boolean) => ({ state: 'password-required' as const, wrong, retryAfterSeconds: 0 });
    site.helloAnswers = [again(false), again(true), ready];

    const { person } = await aHello(site, [...typed('wrong'), { kind: 'backspace' }, ...typed('right')]);

    expect(site.hellos.map(({ password }) => password)).toEqual([undefined, 'wrong', 'right']);
    expect(JSON.stringify(person.shown)).not.toMatch(/right|wr[^ ]*ng"/);
    const typing = person.shown.filter(({ view }) => view === 'password');
    expect(typing.at(-1)).toMatchObject({ typed: 5, message: 'The password was wrong.' });
  });

  test('a second wrong password is told on a serial line like the first', async () => {
    await using site = await startFakeSite();
    const again = (wrong: boolean) => ({ state: 'password-required' as const, wrong, retryAfterSeconds: 0 });
    site.helloAnswers = [again(false), again(true), again(true), ready];

    const { person } = await aHello(site, [...typed('one'), ...typed('two'), ...typed('three')]);

    let shown = nothingShown;
    const lines = person.shown.flatMap((content) => {
      const change = describeChange(shown, { siteName: '', networkProblem: null, content }, 0);
      ({ shown } = change);
      return change.lines;
    });
    expect(lines.filter((line) => line === 'The password was wrong.')).toHaveLength(2);
  });

  test('a refused machine says why', async () => {
    await using site = await startFakeSite();
    site.helloAnswers = [{ state: 'refused', reason: 'This computer is blocked.' }];

    await expect(aHello(site, [])).rejects.toThrow('This computer is blocked.');
  });

  test('a server that is away is asked again', async () => {
    await using site = await startFakeSite();
    site.helloAnswers = [ready];
    site.faults.push('cut', 'error-500', 'answer-lost');

    expect((await aHello(site, [])).answer).toEqual(ready);
  });
});
