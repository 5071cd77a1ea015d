/**
 * The keys that the site is given from outside of its database: the current one, and old ones beside it until nothing is sealed
 * under them. They open the keys in the database (sealing-keys.ts) and nothing else.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { isOstlerError, OstlerError, type SealingKeySource } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import type { Config } from '../config.ts';
import { isMissingFile } from '../is-missing-file.ts';
import { replaceFile } from '../replace-file.ts';
import { keyBytes } from './cipher.ts';

export interface SiteKey {
  /** What may be shown of it. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** At least one. */
type Keys = readonly [SiteKey, ...SiteKey[]];

export interface SiteKeys {
  readonly source: SealingKeySource;
  /** What new keys are sealed under. */
  current(): SiteKey;
  /** Every key that was given, the current one first. */
  all(): readonly SiteKey[];
  /** A new current key, where it is this server's to make; the one before stays beside it. Twice without `forgetOld` is once. */
  renew(): Promise<void>;
  /** Nothing is sealed under the old keys of the data directory any more. */
  forgetOld(): Promise<void>;
}

export interface SiteKeySources {
  readonly settings: Config['sealingKey'];
  /** `secrets.key` of the data directory. */
  readonly keyFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether this server alone has the site's database, so that no other one has a copy of the key. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
}

export const keyVariable = 'OSTLER_SEALING_KEY';
export const previousKeyVariable = 'OSTLER_SEALING_KEY_PREVIOUS';
/** The name of the key among systemd's credentials. */
const credentialName = 'ostler-sealing-key';

/**
 * @param mayMake whether nothing was sealed yet: a missing key file is made then
 * @returns null when there is no key file and none may be made
 * @throws OstlerError SEALING_KEY_UNUSABLE
 */
export async function readSiteKeys(sources: SiteKeySources, mayMake: boolean): Promise<SiteKeys | null> {
  const { keyFile, environment, settings, isAlone } = sources;
  const { source } = settings;
  const inFile = await readKeyFile(keyFile);
  const previous = keysOfText(previousKeyVariable, environment[previousKeyVariable]);
  if (source !== 'file') {
    const [given] = keysOfText(places[source](sources), await readers[source](sources));
    if (given === undefined) throw unusable(places[source](sources), 'it is not there');
    return fixedKeys(source, [given, ...previous, ...inFile], () => rm(keyFile, { force: true }));
  }
  const [first = mayMake ? await makeKeyFile(keyFile) : null, ...older] = inFile;
  if (first === null) return null;
  return isAlone
    ? fileKeys(keyFile, [first, ...older], previous)
    : fixedKeys(source, [first, ...older, ...previous], () => Promise.resolve());
}

/** Keys that somebody else makes. */
function fixedKeys(source: SealingKeySource, keys: Keys, forgetOld: () => Promise<void>): SiteKeys {
  return { source, current: () => keys[0], all: () => keys, renew: () => Promise.resolve(), forgetOld };
}

/** The data directory's file, which this server alone uses. While there is an old key, it is in the file behind the new one. */
function fileKeys(path: string, atFirst: Keys, previous: readonly SiteKey[]): SiteKeys {
  let keys = atFirst;
  const keep = async (wanted: Keys): Promise<void> => {
    await replaceFile(path, Buffer.concat(wanted.map(({ bytes }) => bytes)), 0o600);
    keys = wanted;
  };
  return {
    source: 'file',
    current: () => keys[0],
    all: () => [...keys, ...previous],
    renew: async () => {
      if (keys.length === 1) await keep([siteKey(randomBytes(keyBytes)), ...keys]);
    },
    forgetOld: () => keep([keys[0]]),
  };
}

type GivenSource = Exclude<SealingKeySource, 'file'>;

const readers: Readonly<Record<GivenSource, (sources: SiteKeySources) => Promise<string | undefined>>> = {
  environment: ({ environment }) => Promise.resolve(environment[keyVariable]),
  credential: async (sources) => {
    const path = credentialPath(sources);
    return path === null ? undefined : readText(path);
  },
  'encrypted-credential': decryptCredential,
};

/** For people: where the key should have been. */
const places: Readonly<Record<GivenSource, (sources: SiteKeySources) => string>> = {
  environment: () => keyVariable,
  credential: (sources) => credentialPath(sources) ?? `the credential ${credentialName}`,
  'encrypted-credential': ({ settings }) => settings.credentialFile ?? 'sealingKey.credentialFile',
};

/** https://systemd.io/CREDENTIALS/ */
function credentialPath({ environment }: SiteKeySources): string | null {
  const folder = environment['CREDENTIALS_DIRECTORY'];
  return folder === undefined ? null : `${folder}/${credentialName}`;
}

/** systemd-creds(1) finds by itself whether the TPM or the host's key opens it. */
async function decryptCredential({ settings, signal }: SiteKeySources): Promise<string> {
  const path = settings.credentialFile ?? '';
  try {
    return (await run('systemd-creds', ['decrypt', `--name=${credentialName}`, path, '-'], { signal })).stdout;
  } catch (error) {
    if (!isOstlerError(error)) throw error;
    const isMissing = error.code === 'COMMAND_NOT_FOUND';
    throw unusable(path, isMissing ? 'systemd-creds, which decrypts it, is not installed (systemd 250 or newer)' : error.message, error);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(path, error instanceof Error ? error.message : String(error), error);
  }
}

/** None where the text is missing or empty. @throws OstlerError SEALING_KEY_UNUSABLE */
function keysOfText(where: string, text: string | undefined): readonly SiteKey[] {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return [];
  const bytes = Buffer.from(trimmed, 'base64');
  if (bytes.length !== keyBytes) throw unusable(where, `it is not ${keyBytes} bytes in base64`);
  return [siteKey(bytes)];
}

/** None where there is no file. @throws OstlerError SEALING_KEY_UNUSABLE */
async function readKeyFile(path: string): Promise<readonly SiteKey[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (isMissingFile(error)) return null;
    throw unusable(path, error instanceof Error ? error.message : String(error), error);
  });
  if (bytes === null) return [];
  if (bytes.length === 0 || bytes.length % keyBytes !== 0) throw unusable(path, `it does not hold keys of ${keyBytes} bytes`);
  return Array.from({ length: bytes.length / keyBytes }, (_, index) => siteKey(bytes.subarray(index * keyBytes, (index + 1) * keyBytes)));
}

async function makeKeyFile(path: string): Promise<SiteKey> {
  const key = siteKey(randomBytes(keyBytes));
  await replaceFile(path, key.bytes, 0o600);
  return key;
}

function siteKey(bytes: Buffer): SiteKey {
  return { id: createHmac('sha256', bytes).update('ostler site key').digest('hex').slice(0, 16), bytes };
}

function unusable(where: string, problem: string, cause?: unknown): OstlerError {
  return new OstlerError('SEALING_KEY_UNUSABLE', { where, problem }, { cause });
}
