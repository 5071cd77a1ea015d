/**
 * What may stand in a boot script. Whatever comes from a machine or a person is checked or reduced here, so that no script
 * can be made to hold a second command: GRUB and iPXE have no quoting that holds for every character.
 */
import type { BootEnvironment } from './boot-decision.ts';
import type { SiteAddress } from './site-address.ts';

/** A line for a person to read: plain ASCII without anything that GRUB, iPXE or a terminal gives a meaning to. */
export function screenText(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9 .,:()_/-]/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
    .slice(0, 200);
}

/** @throws Error when a value that only the server makes has other characters than it can have. */
export function requireWord(name: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new Error(`${name} cannot stand in a boot script: ${JSON.stringify(value)}`);
  return value;
}

export function fileUrlPath(sha256: string): string {
  return `/boot/files/${requireWord('content', sha256, /^[0-9a-f]{64}$/)}`;
}

/**
 * The kernel's command line. It holds addresses and ids only, no secret: anyone on the network can read it.
 * BOOTIF is the adapter that the machine asked from. `quiet` keeps the kernel off the screen where the boot environment and the
 * agent tell what they do; `panic` restarts a machine whose kernel has failed, so that its run goes on instead of standing still. The
 * site's own options come later and win (`loglevel=7`).
 */
export function kernelCommandLine(site: SiteAddress, environment: BootEnvironment, macAddress: string): string {
  const options = requireWord('kernel options', environment.kernelOptions, /^[\w=.,:/@ -]*$/).trim();
  const bootImage = requireWord('boot image id', environment.bootImageId, /^[a-z][a-z0-9-]{1,63}$/);
  const bootInterface = requireWord('MAC address', macAddress, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  const words = [
    `ostler.server=${site.serverUrl}`,
    `ostler.files=${site.filesUrl}`,
    `ostler.boot_image=${bootImage}`,
    `BOOTIF=${bootInterface}`,
    'quiet',
    'panic=20',
  ];
  return options === '' ? words.join(' ') : `${words.join(' ')} ${options}`;
}
