/** Capture OS Settings: computer name, time zone, locale, keyboard and its main user of a Linux system, from its files. */
import { parseEnv } from 'node:util';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTreeFile, resolveInTree } from './tree-files.ts';

export interface CapturedOsSettings {
  readonly computerName: string | undefined;
  readonly timeZone: string | undefined;
  readonly locale: string | undefined;
  readonly keyboard: string | undefined;
  /** The full name of the first ordinary account (feature map §2.4, Capture Windows Settings). */
  readonly registeredUser: string | undefined;
}

export async function readOsSettings(root: string): Promise<CapturedOsSettings> {
  return {
    computerName: firstLine(await readTreeFile(root, 'etc/hostname')),
    timeZone: (await zoneOfLink(root)) ?? firstLine(await readTreeFile(root, 'etc/timezone')),
    locale: (await valueIn(root, 'etc/default/locale', 'LANG')) ?? (await valueIn(root, 'etc/locale.conf', 'LANG')),
    keyboard: (await valueIn(root, 'etc/default/keyboard', 'XKBLAYOUT')) ?? (await valueIn(root, 'etc/vconsole.conf', 'XKBLAYOUT')),
    registeredUser: registeredUserOf((await readTreeFile(root, 'etc/passwd')) ?? ''),
  };
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n')[0]?.trim() || undefined;
}

async function valueIn(root: string, path: string, name: string): Promise<string | undefined> {
  const text = await readTreeFile(root, path);
  return text === undefined ? undefined : parseEnv(text)[name] || undefined;
}

/** /etc/localtime is a link into the time zone database; a copied file has no name. */
async function zoneOfLink(root: string): Promise<string | undefined> {
  const path = join(await resolveInTree(root, dirname('etc/localtime')), 'localtime');
  const isLink = await lstat(path).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );
  return isLink ? /zoneinfo\/(?<zone>.+)$/.exec(await readlink(path))?.groups?.['zone'] : undefined;
}

/** Ordinary accounts begin at 1000, and end before nobody (login.defs(5)). */
function registeredUserOf(passwd: string): string | undefined {
  const accounts = passwd.split('\n').map((line) => line.split(':'));
  const ordinary = accounts.filter(([, , uid]) => Number(uid) >= 1000 && Number(uid) < 60_000);
  const [first] = ordinary.toSorted((a, b) => Number(a[2]) - Number(b[2]));
  return first?.[4]?.split(',')[0] || first?.[0];
}
