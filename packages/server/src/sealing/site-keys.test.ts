import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { aKey, anotherKey } from '../../test/sealing.ts';
import { readSiteKeys, type SiteKeySources } from './site-keys.ts';

const signal = AbortSignal.timeout(20_000);
const keyText = Buffer.from(aKey, 'base64').toString('hex');

const hasSystemdCreds = await run('systemd-creds', ['--version'], { signal }).then(
  () => true,
  () => false,
);

async function place(changes: Partial<SiteKeySources> = {}) {
  const folder = await temporaryDirectory();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const settings = { source: 'file', credentialFile: null } as const;
  const keyFile = join(folder.path, 'secrets.key');
  return { folder: folder.path, sources: { settings, keyFile, environment: {}, isAlone: true, signal, ...changes } };
}

const read = async (sources: SiteKeySources): Promise<readonly string[]> =>
  ((await readSiteKeys(sources, false))?.all() ?? []).map(({ bytes }) => bytes.toString('hex'));

describe('the site’s key', () => {
  it('is a file that only the server can read, made for a new site and for no other', async () => {
    const { sources } = await place();

    expect(await readSiteKeys(sources, false)).toBeNull();
    const made = await readSiteKeys(sources, true);

    expect((await stat(sources.keyFile)).mode & 0o777).toBe(0o600);
    expect(await read(sources)).toEqual([made?.current().bytes.toString('hex')]);
  });

  it('is replaced in its file, with the old one beside it until that is forgotten, whenever the power goes', async () => {
    const { sources } = await place();
    const keys = await readSiteKeys(sources, true);
    const old = keys?.current().bytes.toString('hex');

    await keys?.renew();
    const between = await read(sources);
    await (await readSiteKeys(sources, false))?.renew();
    expect(await read(sources)).toEqual(between);
    await keys?.forgetOld();

    expect(between).toEqual([keys?.current().bytes.toString('hex'), old]);
    expect(await read(sources)).toEqual(between.slice(0, 1));
  });

  it('stays as it is where another server may have a copy of it', async () => {
    const { sources } = await place({ isAlone: false });
    const keys = await readSiteKeys(sources, true);
    const before = await readFile(sources.keyFile);

    await keys?.renew();
    await keys?.forgetOld();

    expect(await readFile(sources.keyFile)).toEqual(before);
  });

  it('comes from the environment, and the file is the old one until it is forgotten', async () => {
    const { sources } = await place();
    await writeFile(sources.keyFile, Buffer.from(anotherKey, 'base64'));
    const given = {
      ...sources,
      settings: { source: 'environment', credentialFile: null } as const,
      environment: { OSTLER_SEALING_KEY: aKey },
    };

    expect(await read(given)).toEqual([keyText, Buffer.from(anotherKey, 'base64').toString('hex')]);
    await (await readSiteKeys(given, false))?.forgetOld();
    expect(await read(given)).toEqual([keyText]);
  });

  it('comes from the credentials of systemd', async () => {
    const { folder, sources } = await place();
    await writeFile(join(folder, 'ostler-sealing-key'), `${aKey}\n`);
    const settings = { source: 'credential', credentialFile: null } as const;

    expect(await read({ ...sources, settings, environment: { CREDENTIALS_DIRECTORY: folder } })).toEqual([keyText]);
  });

  it.skipIf(!hasSystemdCreds)('comes from a credential that systemd-creds opens', async () => {
    const { folder, sources } = await place();
    const credentialFile = join(folder, 'sealing-key.cred');
    const env = { SYSTEMD_CREDENTIAL_SECRET: join(folder, 'credential.secret') };
    vi.stubEnv('SYSTEMD_CREDENTIAL_SECRET', env.SYSTEMD_CREDENTIAL_SECRET);
    onTestFinished(() => void vi.unstubAllEnvs());
    const args = ['encrypt', '--with-key=host', '--name=ostler-sealing-key', '-', credentialFile];
    await run('systemd-creds', args, { signal, input: `${aKey}\n`, env });
    const given = { ...sources, settings: { source: 'encrypted-credential', credentialFile } as const };

    expect(await read(given)).toEqual([keyText]);
    vi.stubEnv('SYSTEMD_CREDENTIAL_SECRET', join(folder, 'another.secret'));
    await expect(read(given)).rejects.toMatchObject({ code: 'SEALING_KEY_UNUSABLE' });
  });

  it('is missed by name where systemd-creds is not installed', async () => {
    const { sources } = await place();
    vi.stubEnv('PATH', '/nonexistent');
    onTestFinished(() => void vi.unstubAllEnvs());
    const settings = { source: 'encrypted-credential', credentialFile: '/etc/sealing-key.cred' } as const;

    await expect(read({ ...sources, settings })).rejects.toThrow('systemd-creds, which decrypts it, is not installed');
  });

  it.each([
    ['a file that is not a key', 'file', { file: 'short' }, 'secrets.key: it does not hold keys of 32 bytes'],
    ['no variable', 'environment', {}, 'OSTLER_SEALING_KEY: it is not there'],
    ['a variable that is not a key', 'environment', { key: 'c2hvcnQ=' }, 'OSTLER_SEALING_KEY: it is not 32 bytes in base64'],
    ['an old key that is none', 'environment', { key: aKey, previous: 'x' }, 'OSTLER_SEALING_KEY_PREVIOUS: it is not 32 bytes'],
    ['no credentials', 'credential', {}, 'the credential ostler-sealing-key: it is not there'],
  ] as const)('is not taken from %s', async (_what, source, given: { file?: string; key?: string; previous?: string }, problem) => {
    const { sources } = await place();
    if (given.file !== undefined) await writeFile(sources.keyFile, given.file);
    const environment = { OSTLER_SEALING_KEY: given.key, OSTLER_SEALING_KEY_PREVIOUS: given.previous };
    const attempt = read({ ...sources, settings: { source, credentialFile: null }, environment });

    await expect(attempt).rejects.toMatchObject({ code: 'SEALING_KEY_UNUSABLE' });
    await expect(attempt).rejects.toThrow(problem);
    await expect(attempt).rejects.not.toThrow(given.key ?? 'no key');
  });
});
