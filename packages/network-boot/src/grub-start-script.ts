/**
 * GRUB's first script, `grub/grub.cfg`: the same for every machine. It finds the machine's ids and asks the server what to do.
 * The network's adapters may need a moment and the server may be restarting, so it asks several times before it goes on to the disk.
 */
import { localDiskLines } from './grub-script.ts';
import type { SiteAddress } from './site-address.ts';

const attempts: readonly number[] = [1, 2, 3, 5, 5];
/** Sent where the firmware tells no UUID; the server disregards it as an id. */
const noUuid = '00000000-0000-0000-0000-000000000000';

export function grubStartScript(site: SiteAddress): string {
  const script = `(http,${site.filesHost})/boot/grub/$net_default_mac/$uuid`;
  return `${[
    'set timeout=0',
    'set pager=0',
    'set uuid=""',
    // The module is part of the signed network image; another build loads it, or does without.
    'insmod smbios',
    'smbios --type 1 --get-uuid 8 --set=uuid',
    'if [ "$uuid" = "" ]; then',
    `  set uuid="${noUuid}"`,
    'fi',
    `echo "Asking ${site.filesUrl} what to do ..."`,
    // A script that boots does not come back here, so what follows is the way of a machine that got no answer.
    ...attempts.flatMap((seconds) => [`configfile ${script}`, `sleep ${seconds}`]),
    'echo "The server does not answer."',
    ...localDiskLines,
  ].join('\n')}\n`;
}
