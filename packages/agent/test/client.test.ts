/** The client: asks the site, gives way to runs, keeps its program, and leaves nothing of a run behind. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientPolicy, OstlerError, type ClientOffer, type EnrolAnswer } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { networkBootEntry } from '../src/boot-entries.ts';
import { runClientCommand, type CommandWorld } from '../src/client/commands.ts';
import { enrol } from '../src/client/enrol.ts';
import { keepProgram } from '../src/client/keep-program.ts';
import { Bell, waitForRun, type ResidentWorld } from '../src/client/resident.ts';
import { restartTriesIn } from '../src/client/restart-tries.ts';
import { installedDirectory, readAgentFile, readClientFile } from '../src/config.ts';
import { installAgent, installClient, leaveSystem } from '../src/install-agent.ts';
import { aFolder, facts } from './builders.ts';

const signal = AbortSignal.timeout(30_000);
const client = { server: 'https://site:8443', key: 'client-key', ca: 'CA', networkBootEntry: 3 };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const sha256 = 'a'.repeat(64);

/** Answers each call with the next of the answers; the last one again and again. */
function aLink(answers: readonly (object | Error)[]) {
  const calls: { readonly name: string; readonly body: unknown }[] = [];
  const call = async (name: string, request: { readonly body?: unknown }) => {
    calls.push({ name, body: request.body });
    const answer = answers[Math.min(calls.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  // Safe: the tests give each route the answer that it has.
  return { calls, link: { call } as unknown as ResidentWorld['link'] };
}

function aPolicy(run: ClientPolicy['run'] = null, pollSeconds = 0.01): ClientPolicy {
  return { pollSeconds, run, agent: { sha256 }, preDownloads: [], cacheLimitBytes: 0 };
}

describe('the resident', () => {
  async function aResident(answers: readonly (object | Error)[], more: Partial<ResidentWorld> = {}) {
    const folder = await aFolder();
    const { calls, link } = aLink(answers);
    let restarts = 0;
    const orders: unknown[] = [];
    const world: ResidentWorld = {
      client,
      link,
      log: silent,
      bell: new Bell(),
      tries: restartTriesIn(folder.path),
      preDownload: { want: async (order) => void orders.push(order), stop: async () => void orders.push('stop') },
      restartIntoBootImage: async () => void (restarts += 1),
      keepProgram: async () => undefined,
      ...more,
    };
    return { world, calls, orders, restarts: () => restarts, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  test('asks until there is a run, and hands it over without taking the console', async () => {
    const run = { runId: 'run-1', key: 'run-key', environment: 'installed-os' } as const;
    await using resident = await aResident([aPolicy(), aPolicy(), aPolicy(run)]);

    const file = await waitForRun(resident.world, signal);

    expect(resident.calls.map(({ name }) => name)).toEqual(['client.poll', 'client.poll', 'client.poll']);
    expect(file).toEqual({ ...client, key: 'run-key', runId: 'run-1', bootImageId: null, shownOnConsole: false });
  });

  test('restarts into the boot environment for a run that goes on there, twice at most: then the run may say what is wrong', async () => {
    const run = { runId: 'run-1', key: 'run-key', environment: 'boot-image' } as const;
    await using resident = await aResident([aPolicy(run)]);

    const ends = [];
    for (let life = 0; life < 3; life += 1) ends.push(await waitForRun(resident.world, signal));

    expect([ends[0], ends[1], resident.restarts()]).toEqual(['restarting', 'restarting', 2]);
    expect(ends[2]).toMatchObject({ runId: 'run-1', key: 'run-key' });
  });

  test('asks again after the site was away, after its key had ended, and where its program could not be replaced', async () => {
    const run = { runId: 'run-1', key: 'run-key', environment: 'installed-os' } as const;
    const away = new OstlerError('SERVER_UNREACHABLE', { url: client.server, reason: 'gone' });
    const bell = new Bell();
    await using resident = await aResident([away, new OstlerError('UNAUTHENTICATED', {}), aPolicy(run)], {
      bell,
      keepProgram: async () => {
        throw new Error('disk full');
      },
    });

    const waiting = waitForRun(resident.world, signal);
    const ringing = setInterval(() => bell.ring(), 5);
    const file = await waiting;
    clearInterval(ringing);

    expect(file).toMatchObject({ runId: 'run-1' });
    expect(resident.orders).toEqual([{ preDownloads: [], cacheLimitBytes: 0 }, 'stop']);
  });

  test('lets nothing be fetched any more once there is a run, and takes what an older site does not say for nothing', async () => {
    const run = { runId: 'run-1', key: 'run-key', environment: 'installed-os' } as const;
    const older = ClientPolicy.parse({ pollSeconds: 0.01, run: null, agent: { sha256 } });
    const wanted = { deploymentId: 'deployment-1', contentHash: sha256, content: [], fetch: true, startWithinSeconds: 0 };
    const newer = { ...aPolicy(), preDownloads: [wanted], cacheLimitBytes: 5 };
    await using resident = await aResident([older, newer, aPolicy(run)]);

    await waitForRun(resident.world, signal);

    expect(resident.orders).toMatchObject([
      { preDownloads: [], cacheLimitBytes: 0 },
      { preDownloads: [wanted], cacheLimitBytes: 5 },
      'stop',
    ]);
  });
});

describe('the program of the client', () => {
  test('is replaced by what the site has, and by nothing else', async () => {
    await using folder = await aFolder();
    const bundlePath = join(folder.path, 'agent.mjs');
    await writeFile(bundlePath, 'old');
    const sent = Buffer.from('new');
    const asked: string[] = [];
    let restarted = 0;
    const options = {
      serverUrl: 'https://site:8443',
      bundlePath,
      ownSha256: sha256,
      fetch: async (url: unknown) => {
        asked.push(String(url));
        return new Response(sent);
      },
      restart: () => void (restarted += 1),
      signal,
    };
    const newSha256 = createHash('sha256').update(sent).digest('hex');

    await keepProgram(sha256, options);
    await expect(keepProgram('b'.repeat(64), options)).rejects.toMatchObject({ code: 'CLIENT_PROGRAM_REFUSED' });
    expect([await readFile(bundlePath, 'utf8'), restarted]).toEqual(['old', 0]);
    await keepProgram(newSha256, options);

    expect([await readFile(bundlePath, 'utf8'), restarted]).toEqual(['new', 1]);
    expect(asked).toEqual([
      `https://site:8443/api/v1/agent/bundle/${'b'.repeat(64)}`,
      `https://site:8443/api/v1/agent/bundle/${newSha256}`,
    ]);
  });
});

describe('the disk after a run', () => {
  const agentFile = { ...client, key: 'run-key', runId: 'run-1', bootImageId: null, shownOnConsole: true };
  async function aSystem(root: string) {
    const program = join(root, 'program');
    await mkdir(root, { recursive: true });
    await writeFile(program, 'program');
    await installAgent(root, { nodePath: program, bundlePath: program, libraryPaths: [] }, agentFile);
    const folder = join(root, installedDirectory);
    for (const name of ['journal.json', 'messages.json', 'ostler-0.log', 'restarts.json']) await writeFile(join(folder, name), '{}');
    await mkdir(join(folder, 'content-cache'));
    return folder;
  }

  test('has the client with its key, for root alone, what it has fetched for other runs, and nothing of this run', async () => {
    await using root = await aFolder();
    const folder = await aSystem(root.path);
    await installClient(root.path, client);

    expect(await leaveSystem(root.path)).toBe(true);

    expect((await readdir(folder)).toSorted()).toEqual(['agent.mjs', 'client.json', 'content-cache', 'node']);
    expect((await stat(join(folder, 'client.json'))).mode & 0o777).toBe(0o600);
    expect([await readClientFile(folder), await readAgentFile(folder)]).toEqual([client, null]);
    expect(await readFile(join(root.path, 'usr/local/sbin/ostler-client'), 'utf8')).toContain('agent.mjs client "$@"');
    expect(await readdir(join(root.path, 'etc/systemd/system/multi-user.target.wants'))).toEqual(['ostler-agent.service']);
  });

  test('has nothing of the agent where there is no client', async () => {
    await using root = await aFolder();
    const folder = await aSystem(root.path);

    expect(await leaveSystem(root.path)).toBe(false);

    await expect(stat(folder)).rejects.toThrow('ENOENT');
    expect(await readdir(join(root.path, 'etc/systemd/system/multi-user.target.wants'))).toEqual([]);
  });
});

describe('enrolling', () => {
  test('asks for the password, waits for approval, and takes a refusal for the end', async () => {
    const enrolled: EnrolAnswer = { state: 'enrolled', deviceId: 'device-1', deviceName: 'PC-1', siteName: 'Site', key: 'key' };
    const { calls, link } = aLink([
      { state: 'password-required', wrong: false, retryAfterSeconds: 0 },
      { state: 'password-required', wrong: true, retryAfterSeconds: 1 },
      { state: 'waiting-for-approval', deviceName: 'PC-1', pollSeconds: 0 },
      enrolled,
    ]);
    const questions: string[] = [];
    const said: string[] = [];
    const options = {
      link,
      facts,
      computerName: 'pc',
      token: undefined,
      askPassword: async (question: string) => {
        questions.push(question);
        return 'typed';
      },
      say: (line: string) => void said.push(line),
      signal,
    };

    expect(await enrol(options)).toEqual(enrolled);
    expect(questions).toEqual(['The site’s password', 'The password was wrong. The site’s password']);
    expect(said.join('\n')).toMatch(/Too many wrong passwords[\s\S]*ostler device approve PC-1/);
    expect(new Set(calls.map(({ body }) => (body as { claim: string }).claim)).size).toBe(1);
    const refusing = aLink([{ state: 'refused', reason: 'This computer is blocked.' }]);
    await expect(enrol({ ...options, link: refusing.link, token: 'token' })).rejects.toMatchObject({ code: 'AGENT_REFUSED' });
    expect(refusing.calls[0]?.body).toMatchObject({ token: 'token', computerName: 'pc' });
  });
});

describe('ostler-client', () => {
  const offer: ClientOffer = {
    siteName: 'Site',
    deviceName: 'PC-1',
    running: null,
    waitsForWindow: null,
    items: [
      {
        deploymentId: 'deployment-1',
        name: 'Office',
        description: 'Programs',
        purpose: 'available',
        startsIn: 'installed-os',
        lastRun: 'failed',
      },
    ],
  };
  async function call(args: string[], answers: readonly (object | Error)[] = [offer], more: Partial<CommandWorld> = {}) {
    const { calls, link } = aLink(answers);
    const out: string[] = [];
    const programs: string[] = [];
    const exitCode = await runClientCommand({
      args,
      isRoot: true,
      readClient: async () => client,
      connect: async () => link,
      enrol: async () => 'enrolled',
      uninstall: async () => void programs.push('uninstall'),
      runProgram: async (program, words) => void programs.push([program, ...words].join(' ')),
      readInput: async () => 'from input\n',
      print: (text) => void out.push(text),
      complain: (text) => void out.push(text),
      signal,
      ...more,
    });
    return { exitCode, text: out.join(''), programs, calls };
  }

  test('lists what may be begun, and begins it with the variables that were given', async () => {
    const list = await call(['list']);
    const run = await call(['run', 'OFFICE', 'Floor=3', 'Key=-'], [offer, { runId: 'run-7' }]);

    expect(list.text).toMatch(/NAME +PURPOSE[\s\S]*Office +available +installed system +failed +Programs/);
    expect(JSON.parse((await call(['list', '--json'])).text)).toEqual(offer.items);
    const answers = [
      { name: 'Floor', value: '3' },
      { name: 'Key', value: 'from input' },
    ];
    expect(run.calls[1]).toEqual({ name: 'client.begin', body: { deploymentId: 'deployment-1', answers } });
    expect(run.programs).toEqual(['systemctl reload ostler-agent.service']);
    expect((await call(['status'])).text).toContain('https://site:8443');
  });

  test('says what is wrong, and what to do', async () => {
    const cases = [
      await call(['list'], [new OstlerError('UNAUTHENTICATED', {})]),
      await call(['run', 'Nothing']),
      await call(['list'], [offer], { readClient: async () => null }),
      await call(['list'], [offer], { isRoot: false }),
    ];
    const wrong = [await call([]), await call(['list', '--nonsense'])];

    expect(cases.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1, 1]);
    expect(cases.map(({ text }) => text.split('\n')[0])).toEqual([
      'The site https://site:8443 does not know the client of this computer any more.',
      'No deployment with the name or id Nothing is offered to this computer.',
      'This system has no Ostler client that is enrolled.',
      'Only root may use the client of this computer.',
    ]);
    expect(wrong.map(({ exitCode, text }) => [exitCode, text.includes('ostler-client run NAME')])).toEqual([
      [2, true],
      [2, true],
    ]);
  });

  test('is removed also where the site cannot be told', async () => {
    const removed = await call(['remove'], [new OstlerError('SERVER_UNREACHABLE', { url: client.server, reason: 'gone' })]);

    expect([removed.exitCode, removed.programs]).toEqual([0, ['uninstall']]);
  });
});

test('the firmware’s entry for the network is the first of its order with a MAC address in it, IPv4 before others', async () => {
  await using folder = await aFolder();
  const guid = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
  const node = (type: number, kind: number) => Buffer.from([type, kind, 6, 0, 0, 0]);
  const entry = (name: string, nodes: readonly Buffer[]) => {
    const paths = Buffer.concat([...nodes, Buffer.from([0x7f, 0xff, 4, 0])]);
    const head = Buffer.alloc(6);
    head.writeUInt16LE(paths.length, 4);
    return Buffer.concat([Buffer.from([7, 0, 0, 0]), head, Buffer.from(`${name}\0`, 'utf16le'), paths]);
  };
  const write = (name: string, value: Buffer) => writeFile(join(folder.path, `${name}-${guid}`), value);
  expect(await networkBootEntry(folder.path)).toBeNull();
  await write('BootOrder', Buffer.from([7, 0, 0, 0, 0, 0, 10, 0, 2, 0]));
  await write('Boot0000', entry('Disk', [node(2, 1), node(4, 1)]));
  await write('Boot000A', entry('PXE IPv6', [node(3, 11), node(3, 13)]));
  await write('Boot0002', entry('PXE IPv4', [node(3, 11), node(3, 12)]));

  expect(await networkBootEntry(folder.path)).toBe(2);
});
