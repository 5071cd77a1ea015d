/** Lays the first stage's files out for TFTP: copies of the boot image's loaders, and GRUB's start script. */
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OstlerError, type BootImage } from '@ostler/contract';
import { tftpTree, type SiteAddress } from '@ostler/network-boot';
import type { ContentStore } from '../content/content-store.ts';
import { replaceFile } from '../replace-file.ts';

/**
 * A whole new tree that takes the place of the old one: a machine that is loading gets a whole file or an error, never a mixture.
 * @throws OstlerError BOOT_IMAGE_FILES_MISSING
 */
export async function writeTftpTree(
  root: string,
  {
    site,
    bootImage,
    content,
  }: { readonly site: SiteAddress; readonly bootImage: BootImage; readonly content: Pick<ContentStore, 'pathOf'> },
): Promise<void> {
  const entries = tftpTree(site);
  const missing = entries.flatMap((entry) =>
    'bootImageFile' in entry && bootImage.files[entry.bootImageFile] === undefined ? [entry.bootImageFile] : [],
  );
  if (missing.length > 0) throw new OstlerError('BOOT_IMAGE_FILES_MISSING', { id: bootImage.id, files: missing.join(', ') });
  const fresh = `${root}.new`;
  await rm(fresh, { recursive: true, force: true });
  for (const entry of entries) {
    const target = join(fresh, entry.path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if ('text' in entry) await replaceFile(target, entry.text, 0o644);
    else {
      await copyFile(await content.pathOf(bootImage.files[entry.bootImageFile]?.sha256 ?? ''), target);
      await chmod(target, 0o644);
    }
  }
  await rm(root, { recursive: true, force: true });
  await rename(fresh, root);
}
