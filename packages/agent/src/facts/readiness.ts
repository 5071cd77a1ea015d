/** What Check Readiness asks of a computer, from sysfs, procfs and the operating system's files. Reads only. */
import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { listAdapters } from './gather-facts.ts';

/** The fastest the processor can be, in MHz; null where nothing says it. */
export async function processorMhz(root: string): Promise<number | null> {
  const maximumKhz = Number(await readText(join(root, 'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq')));
  if (maximumKhz > 0) return Math.round(maximumKhz / 1000);
  const cpuinfo = await readText(join(root, 'proc/cpuinfo'));
  const found = [...cpuinfo.matchAll(/^cpu MHz\s*:\s*(?<mhz>[\d.]+)/gm)].map(({ groups }) => Number(groups?.['mhz']));
  return found.length === 0 ? null : Math.round(Math.max(...found));
}

/** True on mains, and where there is no battery at all. */
export async function isOnMains(root: string): Promise<boolean> {
  const folder = join(root, 'sys/class/power_supply');
  const supplies = await Promise.all(
    (await list(folder)).map(async (name) => ({
      type: await readText(join(folder, name, 'type')),
      online: await readText(join(folder, name, 'online')),
      scope: await readText(join(folder, name, 'scope')),
    })),
  );
  // A mouse's battery has the scope Device: it says nothing of the computer.
  const own = supplies.filter(({ scope }) => scope !== 'Device');
  return !own.some(({ type }) => type === 'Battery') || own.some(({ type, online }) => type !== 'Battery' && online === '1');
}

/** Adapters that have a link now. */
export async function connectedAdapters(root: string): Promise<{ readonly name: string; readonly isWireless: boolean }[]> {
  const adapters = await listAdapters(root);
  const carriers = await Promise.all(adapters.map(({ name }) => readText(join(root, 'sys/class/net', name, 'carrier'))));
  return adapters.filter((_, order) => carriers[order] === '1');
}

/** The version of the TPM that the firmware has switched on: a TPM that is off is not shown to the system. */
export async function tpmVersion(root: string): Promise<string | null> {
  const folder = join(root, 'sys/class/tpm/tpm0');
  if ((await list(folder)).length === 0) return null;
  return (await readText(join(folder, 'tpm_version_major'))) || '1';
}

export async function operatingSystem(root: string): Promise<{ readonly version: string | null; readonly language: string | null }> {
  const release = parseEnv((await readText(join(root, 'etc/os-release'))) || (await readText(join(root, 'usr/lib/os-release'))));
  const locale = parseEnv((await readText(join(root, 'etc/locale.conf'))) || (await readText(join(root, 'etc/default/locale'))));
  return { version: release['VERSION_ID'] ?? null, language: locale['LANG'] ?? null };
}

export async function freeMegabytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return Math.floor((bavail * bsize) / 1024 ** 2);
}

async function readText(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

function list(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
