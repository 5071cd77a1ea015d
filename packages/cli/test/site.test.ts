import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSite, type RunningSite } from '@ostler/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('the command line on a new site', () => {
  let site: RunningSite;
  const file = (name: string): string => join(site.directory, name);
  beforeAll(async () => {
    site = await startSite(AbortSignal.timeout(300_000));
    await writeFile(file('new-password'), 'correct horse battery\n');
    const { stdout, stderr } = await site.ostler(
      'login',
      site.url,
      '--ca',
      site.caFile,
      '--password-file',
      join(site.dataDirectory, 'first-admin-password'),
      '--new-password-file',
      file('new-password'),
    );
    if (!stdout.includes('Signed in')) throw new Error(stderr);
  });
  afterAll(() => site[Symbol.asyncDispose]());

  it('signs in again to the site of the last sign-in, whose CA it knows', async () => {
    const { exitCode, stdout, stderr } = await site.ostler('login', '--password-file', file('new-password'));

    expect(stderr).toBe('');

    expect([exitCode, stdout]).toEqual([0, `Signed in to ${site.url} as admin.\n`]);
  });

  it('does not trust a server whose CA nobody has compared', async () => {
    const otherName = site.url.replace('127.0.0.1', 'localhost');
    const { exitCode, stderr } = await site.ostler('login', otherName, '--password-file', file('new-password'));

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/certificate of a site that is not known.*[0-9a-f]{64}/);
  });

  it('trusts the site whose CA has the fingerprint that the file on the server has', async () => {
    const otherName = site.url.replace('127.0.0.1', 'localhost');
    const { fingerprint256 } = new X509Certificate(await readFile(site.caFile));
    const signIn = (fingerprint: string) =>
      site.ostler('login', otherName, '--fingerprint', fingerprint, '--password-file', file('new-password'));

    const refused = await signIn(fingerprint256.replaceAll(/[0-9]/g, '0'));
    const accepted = await signIn(fingerprint256);

    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('not known here')]);
    expect([accepted.exitCode, accepted.stdout]).toEqual([0, `Signed in to ${otherName} as admin.\n`]);
    await site.ostler('login', site.url, '--ca', site.caFile, '--password-file', file('new-password'));
  });

  it('says that the one-time password is spent', async () => {
    await writeFile(file('wrong'), 'not the password');

    const { exitCode, stderr } = await site.ostler('login', site.url, '--ca', site.caFile, '--password-file', file('wrong'));

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('The name or the password is wrong.')]);
  });

  it('imports a computer, puts it into a collection by name, and keeps its secret to itself', async () => {
    await writeFile(file('secret'), 'hunter22');
    await site.ostler('device', 'import', 'PC-1', '--mac', '52-54-00-AA-BB-CC');
    await site.ostler('collection', 'create', 'Room 101');
    await site.ostler('collection', 'add', 'room 101', 'pc-1');
    await site.ostler('device', 'set-variable', 'PC-1', 'ADMINPW', '--secret-file', file('secret'));

    const members = await site.ostler('--json', 'collection', 'members', 'Room 101');
    const variables = await site.ostler('device', 'variables', 'PC-1', '--json');

    expect(JSON.parse(members.stdout)).toMatchObject([{ name: 'PC-1', macAddresses: ['52:54:00:aa:bb:cc'], state: 'approved' }]);
    expect(JSON.parse(variables.stdout)).toEqual([{ name: 'ADMINPW', value: null, secret: true, asked: false, question: null }]);
  });

  it('declares variables that a person at the computer is asked for', async () => {
    await site.ostler('collection', 'create', 'Asked');
    const set = (...words: readonly string[]) => site.ostler('collection', 'set-variable', 'Asked', ...words);

    const name = await set('OSDComputerName', '--ask', '--prompt', 'Name on the label', '--pattern', 'PC-[0-9]{4}');
    await set('AdminPassword', '--ask', '--secret', '--optional');
    const mistakes = [await set('Room'), await set('Room', '42', '--ask'), await set('Room', '42', '--optional')];
    const { stdout } = await site.ostler('collection', 'variables', 'Asked');

    expect(name.stdout).toContain('OSDComputerName is asked for.');
    expect(stdout).toMatch(/AdminPassword +\(asked for, secret, optional\)\s+OSDComputerName +\(asked for\)/);
    expect(mistakes.map(({ stderr }) => /give a value, --secret-file or --ask|--optional needs --ask/.test(stderr))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('saves a task sequence from a file, a second time as a new version, and writes it back as it was', async () => {
    const yaml = 'name: Say hello\nsteps:\n  - type: run-command-line\n    name: Hello\n    options:\n      commandLine: echo hello\n';
    await writeFile(file('sequence.yaml'), yaml);
    await site.ostler('task-sequence', 'import', file('sequence.yaml'));

    const second = await site.ostler('task-sequence', 'import', file('sequence.yaml'));
    const exported = await site.ostler('task-sequence', 'export', 'Say hello');

    expect(second.stdout).toContain('version 2');
    expect(exported.stdout.replace(/^# Made from sequence-\S+ version 2\.\n/, '')).toBe(yaml);
  });

  it('refuses a task sequence with a mistake, naming the line', async () => {
    await writeFile(file('broken.yaml'), 'name: Broken\nsteps:\n  - type: run-comand-line\n    name: Hello\n');

    const { exitCode, stderr } = await site.ostler('task-sequence', 'import', file('broken.yaml'));

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('line 3')]);
  });

  it('uploads a script as a package, and refuses to delete it while a task sequence installs it', async () => {
    await writeFile(file('hello.sh'), '#!/bin/sh\necho hello\n');
    const made = await site.ostler('--json', 'package', 'create', file('hello.sh'), '--name', 'hello');
    const { id } = JSON.parse(made.stdout) as { id: string };
    const steps = `  - type: setup-operating-system\n    name: Setup\n    options: {}\n  - type: install-package\n    name: Install\n    options:\n      packageId: ${id}\n`;
    await writeFile(file('install.yaml'), `name: Install hello\nsteps:\n${steps}`);
    await site.ostler('task-sequence', 'import', file('install.yaml'));

    const { exitCode, stderr } = await site.ostler('package', 'delete', 'hello');

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Install hello')]);
  });

  it('says why a file that is no image cannot be imported', async () => {
    await writeFile(file('notes.wim'), 'these are my notes, not an image');

    const { exitCode, stderr } = await site.ostler('image', 'import', file('notes.wim'));

    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/not a WIM/i)]);
  });

  it('puts parts of the network into boundary groups and explains where an address gets content', async () => {
    await site.ostler('boundary-group', 'create', 'Berlin');
    await site.ostler('boundary-group', 'create', 'Head office');
    const made = await site.ostler('boundary', 'create', '10.1.0.0/16', '--group', 'berlin');
    await site.ostler('boundary', 'create', '10.1.2.0/24', '--name', 'Laboratory');
    await site.ostler('boundary-group', 'set-neighbour', 'Berlin', 'Head office', '--fallback', '10');

    const listed = await site.ostler('boundary', 'list');
    const explained = await site.ostler('boundary-group', 'explain', '10.1.2.3');
    const mistake = await site.ostler('boundary-group', 'set-neighbour', 'Berlin', 'Head office', '--fallback', 'soon');

    expect(made.stdout).toContain('The boundary 10.1.0.0/16 is made');
    expect(listed.stdout).toMatch(/10\.1\.0\.0\/16 +Berlin +Laboratory/);
    expect(explained.stdout).toMatch(/Laboratory +10\.1\.2\.0\/24 +no +it is in no group/);
    expect(explained.stdout).toMatch(/In: Berlin\n\nWhile it is unknown: ignore, .*\n\n.*\nHead office +after 10 min +Berlin/);
    expect(explained.stdout).toMatch(/1 +the site +https:/);
    expect(mistake.stderr).toContain('0 for at once, or never');
  });

  it('tells another program and people of what happens, and says which kinds of events there are', async () => {
    const made = await site.ostler(
      'webhook',
      'create',
      'Tickets',
      'https://tickets.example/hook',
      '--event',
      'run.failed',
      'backup.failed',
    );
    const inside = await site.ostler('webhook', 'create', 'Inside', 'http://127.0.0.1:8443/');
    const unknown = await site.ostler('webhook', 'update', 'Tickets', '--event', 'run.fails');
    await site.ostler('notification', 'create', 'Failures', '--to', 'desk@example.org', '--gather', '10');
    const [webhooks, rules] = [await site.ostler('webhook', 'list'), await site.ostler('notification', 'list')];
    const mail = await site.ostler('site', 'mail', 'test', '--to', 'desk@example.org');

    expect(made.stdout.trim()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect([inside.exitCode, inside.stderr]).toEqual([1, expect.stringContaining('127.0.0.1 is a loopback address')]);
    expect(unknown.stderr).toContain('run.fails is not a kind of event; there are run.begun, ');
    expect(webhooks.stdout).toMatch(/Tickets +https:\/\/tickets\.example\/hook +run\.failed backup\.failed +healthy +0/);
    expect(rules.stdout).toMatch(/Failures +desk@example\.org +all +10 min +healthy +0/);
    expect(mail.stderr).toContain('ostler site mail set');
  });

  it('names the file that it cannot read', async () => {
    const { exitCode, stderr } = await site.ostler('login', site.url, '--ca', file('no-ca.pem'));

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`The file ${file('no-ca.pem')} cannot be read`)]);
  });

  it('names what does not exist', async () => {
    const { exitCode, stderr } = await site.ostler('--json', 'device', 'show', 'nobody');

    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'NOT_FOUND', details: { kind: 'device', id: 'nobody' } });
  });
});
