/**
 * Installs the Debian packages into a folder with mmdebstrap, sets kernel and boot loaders aside, and prunes the rest.
 * What is left is the root of the second stage, without Node and our own files.
 */
import { access, chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOstlerError, OstlerError, type BootImageOptions } from '@ostler/contract';
import { run, runWithOwnMounts } from '@ostler/imaging/run';
import { z } from 'zod';
import { componentsFor, packagesToInstall, parseInstalledPackages } from './packages.ts';
import { pruneTree } from './prune-tree.ts';

/** One time for every file, so that the same packages give the same bytes: 2025-01-01. */
export const buildEpoch = 1_735_689_600;

/** Boot loaders by the name they are served under, with their place in the tree. */
const loaderSources = {
  'shimx64.efi': 'usr/lib/shim/shimx64.efi.signed',
  'mmx64.efi': 'usr/lib/shim/mmx64.efi.signed',
  'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
  'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
  'ipxe.efi': 'usr/lib/ipxe/ipxe.efi',
  'snponly.efi': 'usr/lib/ipxe/snponly.efi',
} as const;
export type LoaderName = keyof typeof loaderSources;

const TreeFacts = z.strictObject({
  kernelVersion: z.string(),
  packages: z.array(z.strictObject({ name: z.string(), version: z.string() })),
});
export type TreeFacts = z.output<typeof TreeFacts>;

const keyrings: readonly string[] = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/**
 * Fills a folder with `root/` (the pruned tree), `loaders/`, `kernel` and `facts.json`.
 * @throws OstlerError BOOT_IMAGE_NEEDS_ROOT, BOOT_IMAGE_KEYRING_MISSING, BOOT_IMAGE_INSTALL_FAILED, BOOT_IMAGE_FILE_MISSING.
 */
export async function buildTree(
  directory: string,
  options: BootImageOptions,
  context: { readonly signal: AbortSignal; readonly say: (activity: string) => void },
): Promise<void> {
  if (process.getuid?.() !== 0) throw new OstlerError('BOOT_IMAGE_NEEDS_ROOT', {});
  const { signal, say } = context;
  const root = join(directory, 'root');
  await installPackages(root, options, await findKeyring(), context);
  const kernelVersion = await findKernelVersion(root);
  await copyFile(join(root, 'boot', `vmlinuz-${kernelVersion}`), join(directory, 'kernel'));
  await copyLoaders(root, join(directory, 'loaders'));
  const installed = await run('chroot', [root, 'dpkg-query', '-W', '-f', '${Package} ${Version}\n'], { signal });
  const facts: TreeFacts = { kernelVersion, packages: parseInstalledPackages(installed.stdout) };
  await writeFile(join(directory, 'facts.json'), JSON.stringify(facts));
  say('Removing what a boot environment does not need');
  await pruneTree(root, kernelVersion, signal);
  // Whoever owned the temporary folder: the root of the second stage is open to read.
  await chmod(root, 0o755);
}

/** The facts that buildTree left. */
export async function readTreeFacts(directory: string): Promise<TreeFacts> {
  return TreeFacts.parse(JSON.parse(await readFile(join(directory, 'facts.json'), 'utf8')));
}

async function installPackages(
  root: string,
  options: BootImageOptions,
  keyring: string,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (activity: string) => void },
): Promise<void> {
  const excluded = ['man', 'doc', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const args = [
    '--mode=root',
    '--variant=essential',
    '--format=directory',
    `--architectures=${options.architecture}`,
    `--components=${componentsFor(options)}`,
    `--include=${packagesToInstall(options).join(',')}`,
    '--aptopt=Apt::Install-Recommends "false"',
    `--keyring=${keyring}`,
    ...excluded,
    options.suite,
    root,
    options.mirror,
  ];
  // INITRD=No: the kernel's package would make an initramfs of its own (/etc/kernel/postinst.d/initramfs-tools).
  const env = { INITRD: 'No', SOURCE_DATE_EPOCH: String(buildEpoch) };
  const onOutput = (text: string): void => {
    for (const [, activity] of text.matchAll(/^I: (.+?)(?:\.\.\.)?$/gm)) say(`Debian packages: ${activity}`);
  };
  try {
    await runWithOwnMounts('mmdebstrap', args, { signal, env, onOutput });
  } catch (error) {
    if (!isOstlerError(error) || error.code !== 'COMMAND_FAILED') throw error;
    const reason = errorLines(String(error.details['output']));
    throw new OstlerError('BOOT_IMAGE_INSTALL_FAILED', { suite: options.suite, mirror: options.mirror, reason }, { cause: error });
  }
}

/** What apt and mmdebstrap call errors, without the progress around them. */
function errorLines(output: string): string {
  const lines = output.split('\n').filter((line) => /^(E:|Err:|dpkg: error)/.test(line));
  return (lines.length > 0 ? lines : output.split('\n').slice(-5)).join(' ').slice(0, 1000);
}

async function findKeyring(): Promise<string> {
  for (const path of keyrings) {
    const readable = await access(path).then(
      () => true,
      () => false,
    );
    if (readable) return path;
  }
  throw new OstlerError('BOOT_IMAGE_KEYRING_MISSING', { paths: keyrings.join(', ') });
}

async function findKernelVersion(root: string): Promise<string> {
  const versions = (await readdir(join(root, 'usr/lib/modules'))).toSorted();
  const version = versions.at(-1);
  if (version === undefined) throw new OstlerError('BOOT_IMAGE_FILE_MISSING', { path: '/usr/lib/modules', purpose: 'the kernel' });
  return version;
}

async function copyLoaders(root: string, directory: string): Promise<void> {
  await mkdir(directory);
  for (const [name, source] of Object.entries(loaderSources)) {
    await copyFile(join(root, source), join(directory, name)).catch((cause: unknown) => {
      throw new OstlerError('BOOT_IMAGE_FILE_MISSING', { path: `/${source}`, purpose: 'network boot' }, { cause });
    });
  }
}
