/** The whole wizard at a real site: a person types at a serial line and sees the screen, from the password to the end of the run. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setDefaultCACertificates } from 'node:tls';
import { run } from '@ostler/imaging/run';
import { startSite, type RunningSite } from '@ostler/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInBootImage } from '../src/app.ts';
import { RunLog } from '../src/log.ts';
import { createContentAccess } from '../src/content-access.ts';
import { decodeKeys } from '../src/screen/keys.ts';
import { Screen } from '../src/screen/screen.ts';
import type { OnKey, Terminal } from '../src/screen/terminal.ts';
import { ServerLink } from '../src/server-link.ts';
import { aFolder, facts, inventory, noCache, someDependencies } from './builders.ts';
import { aStep } from './run-of-steps.ts';

const signal = AbortSignal.timeout(300_000);
const secret = 'Geheim-4711';

/** A computer with a screen and a serial line. */
class Consoles {
  readonly screen: string[] = Array.from({ length: 25 }, () => '');
  serial = '';
  #onKey: OnKey = () => undefined;

  open = (onKey: OnKey): Terminal[] => {
    this.#onKey = onKey;
    const common = { size: () => ({ columns: 80, rows: 25 }), close: () => undefined };
    return [
      { ...common, path: '/dev/tty1', kind: 'full', write: (text) => this.#draw(text) },
      { ...common, path: '/dev/ttyS0', kind: 'lines', write: (text) => void (this.serial += text) },
    ];
  };

  type(text: string): void {
    for (const key of decodeKeys(text)) this.#onKey(key, '/dev/ttyS0');
  }

  /** Waits for the text on the screen, then types. */
  async answer(text: string, keys: string): Promise<void> {
    for (const deadline = performance.now() + 60_000; !this.screen.join('\n').includes(text); await sleep(20, undefined, { signal })) {
      if (performance.now() > deadline) throw new Error(`The screen does not show ${text}:\n${this.screen.join('\n')}`);
    }
    this.type(keys);
  }

  #draw(text: string): void {
    // eslint-disable-next-line no-control-regex -- what a screen understands
    for (const [, line, words] of text.matchAll(/\u001B\[(\d+);1H([^\u001B]*)\u001B\[K/g)) this.screen[Number(line) - 1] = words ?? '';
  }
}

describe('the wizard at a real site', () => {
  let site: RunningSite;
  let folder: Awaited<ReturnType<typeof aFolder>>;
  const ostler = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await site.ostler(...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  const inFolder = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder.path, name), text);
    return join(folder.path, name);
  };

  beforeAll(async () => {
    [site, folder] = [await startSite(signal), await aFolder()];
    setDefaultCACertificates([await readFile(site.caFile, 'utf8')]);
    const first = join(site.dataDirectory, 'first-admin-password');
    const password = await inFolder('password', 'correct horse battery\n');
    await ostler('login', site.url, '--ca', site.caFile, '--password-file', first, '--new-password-file', password);
    await ostler('site', 'set', '--trust', 'password', '--target-password-file', await inFolder('target', 'open sesame\n'));
    await ostler('device', 'import', 'lab-1', '--mac', '52:54:00:00:00:01');
    await ostler('collection', 'create', 'Lab');
    await ostler('collection', 'add', 'Lab', 'lab-1');
  }, 300_000);
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  /** Starts the computer; it ends when it would restart. */
  async function powerOn(name: string, consoles: Consoles): Promise<void> {
    const screen = new Screen({ open: consoles.open, nowMs: () => Date.now() });
    const link = new ServerLink({ serverUrl: site.url, key: null, fetch: globalThis.fetch, onConnection: () => undefined, firstWaitMs: 5 });
    const policy = { stallTimeoutMs: 5000, firstDelayMs: 5, longestDelayMs: 50 };
    const machine = {
      facts: { ...facts, smbiosUuid: null },
      bootMacAddress: null,
      bootImageId: null,
      claim: randomBytes(16).toString('hex'),
    };
    const restarted = Promise.withResolvers<void>();
    await runInBootImage(
      {
        screen,
        link,
        hello: { log: new RunLog(() => new Date()), ...machine },
        gatherInventory: () => Promise.resolve(inventory),
        dependencies: (key, runId) => {
          const own = link.withKey(key);
          const world = someDependencies({ folder: join(folder.path, name), url: site.url });
          return Promise.resolve({
            ...world,
            link: own,
            screen,
            content: createContentAccess({ link: own, runId, fetch: globalThis.fetch, policy, cache: noCache }),
          });
        },
        restart: () => Promise.resolve(restarted.resolve()),
        failureShownSeconds: 1,
        failureToldSeconds: 20,
        messageShownSeconds: 0.1,
        askAgainSeconds: 1,
        network: null,
        shell: null,
      },
      signal,
    );
    await restarted.promise;
    screen.close();
  }

  it('leads from the password over the list, the variables and the summary to a run that has what was typed', async () => {
    const script = await inFolder('hello.sh', '#!/bin/sh\necho hello\n');
    const made = JSON.parse(await ostler('package', 'create', script, '--name', 'hello', '--json')) as {
      id: string;
      content: { sha256: string };
    };
    const steps = [
      aStep('run-command-line', { commandLine: 'echo I am %OSDComputerName% in %Room%, and %AdminPassword%' }, { name: 'Say' }),
      aStep('run-script', { interpreter: 'sh', source: { kind: 'package', packageId: made.id, file: 'hello.sh' } }, { name: 'Script' }),
    ];
    const ask = { OSDComputerName: { prompt: 'Name on the label', pattern: 'pc-[0-9]+' } };
    const sequence = { name: 'Greet', description: 'Says who it is', ask, steps };
    await ostler('task-sequence', 'create', await inFolder('greet.yaml', JSON.stringify(sequence)));
    await ostler('collection', 'set-variable', 'Lab', 'Room', '--ask', '--choice', 'Attic', 'Cellar', '--optional');
    await ostler('device', 'set-variable', 'lab-1', 'AdminPassword', '--ask', '--secret');
    await ostler('deployment', 'create', 'Greet', 'Lab', '--purpose', 'available');
    const { sha256 } = made.content;
    const stored = (await run('find', [site.dataDirectory, '-name', sha256], { signal })).stdout.trim();
    const consoles = new Consoles();

    const ended = powerOn('greet', consoles);
    await consoles.answer('Password: _', 'open sesame\r');
    await consoles.answer('> 1  Greet', '\r');
    await consoles.answer('> Name on the label', 'laptop\r');
    await rename(stored, `${stored}.lost`);
    await consoles.answer('has to match pc-[0-9]+.', `${'\u007F'.repeat(6)}pc-7\rc\r`);
    await consoles.answer('> AdminPassword', `${secret}\r`);
    await consoles.answer('The package hello has lost its content.', '\u001B');
    await consoles.answer('> Name on the label (OSDComputerName): pc-7_', '\u001B[B\u001B[D\r\r');
    await consoles.answer('The package hello has lost its content.', '');
    await rename(`${stored}.lost`, stored);
    await consoles.answer('[Enter] check again', '\r');
    await consoles.answer('[Enter] start', '');
    const summary = consoles.screen.slice(2, 18).map((line) => line.trim());
    await consoles.answer('[Enter] start', '\r');
    await ended;

    expect(await ostler('device', 'inventory', 'lab-1')).toContain('QEMU Standard PC');
    expect(summary.filter((line) => line !== '')).toEqual([
      'Greet',
      'Says who it is',
      'Computer:  lab-1',
      'Content:   1 item, 21 bytes',
      'Variables:',
      'OSDComputerName = pc-7',
      'Room = Attic',
      'AdminPassword = ********',
      'Everything that it needs is at the site. Nothing on this computer has been',
      'changed yet.',
    ]);
    const [{ id = '' } = {}] = JSON.parse(await ostler('run', 'list', '--json')) as { id?: string }[];
    const log = await ostler('run', 'log', id);
    expect(log).toContain('I am pc-7 in Attic, and ********');
    for (const part of [
      'Name on the label (OSDComputerName): laptop',
      'AdminPassword: ***********\r\n',
      'Room: Attic',
      'Greet has finished',
    ]) {
      expect(consoles.serial).toContain(part);
    }
    expect(consoles.serial + consoles.screen.join('') + log).not.toContain(secret);
    const traces = await run('grep', ['--recursive', '--files-with-matches', '--text', secret, site.dataDirectory], {
      signal,
      okExitCodes: [0, 1],
    });
    expect(traces.stdout).toBe('');
  }, 300_000);

  // Nobody may be there: what an administrator gives meanwhile is enough.
  it('a required deployment that waits for an answer begins by itself once the site has the value', async () => {
    const steps = [aStep('run-command-line', { commandLine: 'echo %Floor%' }, { name: 'Say' })];
    await ostler(
      'task-sequence',
      'create',
      await inFolder('floor.yaml', JSON.stringify({ name: 'Floor', variables: { Floor: '' }, steps })),
    );
    await ostler('device', 'delete-variable', 'lab-1', 'AdminPassword');
    await ostler('deployment', 'create', 'Floor', 'Lab', '--purpose', 'required');
    const consoles = new Consoles();

    const ended = powerOn('floor', consoles);
    await consoles.answer('Password: _', 'open sesame\r');
    await consoles.answer('> Floor: _', '');
    expect(consoles.screen.join('\n')).not.toContain('back');
    await ostler('collection', 'set-variable', 'Lab', 'Floor', '3');
    await ended;

    expect(consoles.serial).toContain('Floor has finished');
  }, 300_000);
});
