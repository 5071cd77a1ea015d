/** cryptsetup: LUKS2 devices and the keys that open them. Keys travel on standard input or in files in memory, never as arguments. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../run.ts';
import { parseJsonOutput } from './parse-output.ts';

const Metadata = z.object({
  keyslots: z.record(z.string(), z.object({ type: z.string() })),
  tokens: z.record(z.string(), z.object({ type: z.string(), keyslots: z.array(z.string()) })),
});
export type LuksMetadata = z.output<typeof Metadata>;

/** The exit code of a wrong passphrase (cryptsetup(8), "RETURN CODES"). */
const wrongKey = 2;

/**
 * A key of 32 random bytes in base64 needs no slow derivation: nobody guesses it. With Argon2 each use would take a second and a
 * gibibyte of memory, which a small computer in the boot environment does not have.
 */
const randomKeyDerivation = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];

/** A key that `formatLuks` and `addKey` accept as random. */
export function newRandomKey(): string {
  return randomBytes(32).toString('base64');
}

/** Makes the device a LUKS2 container; what was on it is lost. */
export async function formatLuks(device: string, key: string, signal: AbortSignal): Promise<void> {
  const args = ['luksFormat', '--batch-mode', '--type', 'luks2', ...randomKeyDerivation, '--key-file', '-', device];
  await run('cryptsetup', args, { signal, input: key });
}

/** The container's own id. */
export async function luksUuid(device: string, signal: AbortSignal): Promise<string> {
  return (await run('cryptsetup', ['luksUUID', device], { signal })).stdout.trim();
}

/** Opens the container as /dev/mapper/NAME. TRIM goes through, as on a plain disk. */
export async function openLuks(device: string, name: string, key: string, signal: AbortSignal): Promise<void> {
  const args = ['open', '--type', 'luks2', '--allow-discards', '--key-file', '-', device, name];
  await run('cryptsetup', args, { signal, input: key });
}

/** Whether the key opens one of the container's slots. */
export async function opens(device: string, key: string, signal: AbortSignal): Promise<boolean> {
  const args = ['open', '--test-passphrase', '--key-file', '-', device];
  const { exitCode } = await run('cryptsetup', args, { signal, input: key, okExitCodes: [0, wrongKey] });
  return exitCode === 0;
}

/** Adds a key to a container that another one opens. */
export async function addKey(
  device: string,
  keys: { readonly existing: string; readonly added: string },
  signal: AbortSignal,
): Promise<void> {
  await using added = await keyFile(keys.added);
  const args = ['luksAddKey', '--batch-mode', ...randomKeyDerivation, '--key-file', '-', device, added.path];
  await run('cryptsetup', args, { signal, input: keys.existing });
}

/** Adds a key, with what the TPM of this computer releases. */
export async function addKeyByToken(device: string, added: string, signal: AbortSignal): Promise<void> {
  await using file = await keyFile(added);
  const args = ['luksAddKey', '--batch-mode', ...randomKeyDerivation, '--token-only', '--token-type', 'systemd-tpm2', device, file.path];
  await run('cryptsetup', args, { signal });
}

/** Removes the slot that the key opens. */
export async function removeKey(device: string, key: string, signal: AbortSignal): Promise<void> {
  await run('cryptsetup', ['luksRemoveKey', '--batch-mode', device, '-'], { signal, input: key });
}

export async function readLuksMetadata(device: string, signal: AbortSignal): Promise<LuksMetadata> {
  const { stdout } = await run('cryptsetup', ['luksDump', '--dump-json-metadata', device], { signal });
  return parseJsonOutput('cryptsetup', stdout, Metadata);
}

/** A key in a file of /run, which is memory, for as long as a program needs it. */
export async function keyFile(key: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp('/run/ostler-key-');
  const path = join(folder, 'key');
  await writeFile(path, key, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
