/**
 * Apply OS Settings: name, time zone, locale, keyboard and administrator of an applied Linux tree, and an identity of its own.
 * The network is network-settings.ts.
 */
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { applyAdministrator, checkAdministrator, type Administrator } from './accounts.ts';
import { insideTree, type RunInTree } from './chroot.ts';
import { resetMachineId, resetSshHostKeys } from './identity.ts';
import { existsInside, hasProgram, requireLinuxTree } from './linux-tree.ts';
import { linkInTree, readTreeFile, removeFromTree, writeTreeFile } from './tree-files.ts';

export type { Administrator } from './accounts.ts';

/** What is absent stays as the image has it. */
export interface OsSettings {
  /** A host name (RFC 1123), with its domain or without. */
  readonly computerName?: string;
  /** As in the time zone database, such as Europe/Berlin. */
  readonly timeZone?: string;
  /** Such as de_DE.UTF-8. */
  readonly locale?: string;
  /** An XKB layout such as us or de. */
  readonly keyboard?: string;
  readonly administrator?: Administrator;
}

/** One setting: checked before anything is written, then applied. */
interface Setting<T> {
  readonly activity: string;
  readonly check: (value: T, root: string) => Promise<void> | void;
  readonly apply: (root: string, value: T, runInTree: RunInTree) => Promise<void>;
}

/** In the order of applying. */
function givenSettings(root: string, wanted: OsSettings): BoundSetting[] {
  const name = { activity: 'Setting the computer name', check: checkComputerName, apply: setComputerName };
  const zone = { activity: 'Setting the time zone', check: checkTimeZone, apply: setTimeZone };
  const locale = { activity: 'Setting the locale', check: checkLocale, apply: setLocale };
  const keyboard = { activity: 'Setting the keyboard', check: checkKeyboard, apply: setKeyboard };
  const administrator = { activity: 'Setting up the administrator', check: checkAdministrator, apply: applyAdministrator };
  return [
    ...bind(name, root, wanted.computerName),
    ...bind(zone, root, wanted.timeZone),
    ...bind(locale, root, wanted.locale),
    ...bind(keyboard, root, wanted.keyboard),
    ...bind(administrator, root, wanted.administrator),
  ];
}

interface BoundSetting {
  readonly activity: string;
  readonly check: () => Promise<void> | void;
  readonly apply: (runInTree: RunInTree) => Promise<void>;
}

function bind<T>({ activity, check, apply }: Setting<T>, root: string, value: T | undefined): BoundSetting[] {
  if (value === undefined) return [];
  return [{ activity, check: () => check(value, root), apply: (runInTree) => apply(root, value, runInTree) }];
}

/**
 * Checks every value, then writes them; machine id and ssh host keys are made anew at the first start.
 * @throws OstlerError TARGET_NOT_LINUX, SETTING_INVALID before anything is written; COMMAND_FAILED
 */
export async function applyOsSettings(root: string, wanted: OsSettings, port: ImagingPort): Promise<void> {
  await requireLinuxTree(root);
  const given = givenSettings(root, wanted);
  for (const { check } of given) await check();
  await insideTree(root, port, async (runInTree) => {
    for (const [done, { activity, apply }] of given.entries()) {
      port.report({ activity, done, total: given.length, unit: 'items' });
      await apply(runInTree);
    }
  });
  await resetMachineId(root);
  await resetSshHostKeys(root);
  port.log?.('operating system settings applied', { root, settings: given.length });
}

/** RFC 1123 §2.1: letters, digits and hyphens, no hyphen at an end, 63 a label; Linux keeps 64 in all. */
function checkComputerName(name: string): void {
  const labels = name.split('.');
  const isValid = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) && name.length <= 64;
  if (!isValid) {
    throw invalid(
      'The computer name',
      name,
      'it must be letters, digits and hyphens, 63 at most, with no hyphen at its beginning or end (RFC 1123).',
    );
  }
  if (/^\d+$/.test(name)) throw invalid('The computer name', name, 'it must not be digits only: that is an address.');
}

async function setComputerName(root: string, name: string): Promise<void> {
  const [short = name] = name.split('.');
  await writeTreeFile(root, 'etc/hostname', `${short}\n`, 0o644);
  const hosts = (await readTreeFile(root, 'etc/hosts')) ?? '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n';
  const others = hosts.split('\n').filter((line) => !/^127\.0\.1\.1\s/.test(line));
  const at = others.findLastIndex((line) => /^127\.0\.0\.1\s/.test(line)) + 1;
  const names = name === short ? name : `${name} ${short}`;
  await writeTreeFile(root, 'etc/hosts', others.toSpliced(at, 0, `127.0.1.1\t${names}`).join('\n'), 0o644);
}

const universalZones = ['Etc/UTC', 'UTC'];

async function checkTimeZone(zone: string, root: string): Promise<void> {
  if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(zone)) throw invalid('The time zone', zone, 'it must be a name such as Europe/Berlin.');
  if (universalZones.includes(zone) || (await existsInside(root, `usr/share/zoneinfo/${zone}`))) return;
  const hasDatabase = await existsInside(root, 'usr/share/zoneinfo');
  throw invalid('The time zone', zone, hasDatabase ? 'the image does not know it.' : 'the image has no time zones (package tzdata).');
}

async function setTimeZone(root: string, zone: string): Promise<void> {
  if (await existsInside(root, `usr/share/zoneinfo/${zone}`)) {
    await linkInTree(root, 'etc/localtime', `/usr/share/zoneinfo/${zone}`);
  } else {
    await removeFromTree(root, 'etc/localtime');
  }
  if (await existsInside(root, 'etc/timezone')) await writeTreeFile(root, 'etc/timezone', `${zone}\n`, 0o644);
}

const builtInLocales = /^(?:C|POSIX|C\.UTF-?8)$/i;

async function checkLocale(locale: string, root: string): Promise<void> {
  if (builtInLocales.test(locale)) return;
  if (!/^[a-z]{2,3}(?:_[A-Z]{2})?(?:\.[\w-]+)?(?:@\w+)?$/.test(locale)) {
    throw invalid('The locale', locale, 'it must be a name such as de_DE.UTF-8.');
  }
  const supported = await readTreeFile(root, 'usr/share/i18n/SUPPORTED');
  if (supported === undefined || !(await hasProgram(root, 'locale-gen'))) {
    throw invalid('The locale', locale, 'the image has only C.UTF-8 (package locales is missing).');
  }
  if (!supported.split('\n').some((line) => line.startsWith(`${locale} `)))
    throw invalid('The locale', locale, 'the image does not know it.');
}

async function setLocale(root: string, locale: string, runInTree: RunInTree): Promise<void> {
  if (!builtInLocales.test(locale)) {
    const supported = (await readTreeFile(root, 'usr/share/i18n/SUPPORTED')) ?? '';
    const line = supported.split('\n').find((each) => each.startsWith(`${locale} `)) ?? locale;
    const wanted = ((await readTreeFile(root, 'etc/locale.gen')) ?? '').split('\n').filter((each) => each !== '');
    await writeTreeFile(root, 'etc/locale.gen', `${[...new Set([...wanted, line])].join('\n')}\n`, 0o644);
    await runInTree('locale-gen', []);
  }
  const isDebian = await existsInside(root, 'etc/default');
  await writeTreeFile(root, isDebian ? 'etc/default/locale' : 'etc/locale.conf', `LANG=${locale}\n`, 0o644);
}

function checkKeyboard(layout: string): void {
  if (!/^[a-z]{2,8}(?:-[a-z0-9]+)*(?:,[a-z]{2,8})*$/.test(layout))
    throw invalid('The keyboard', layout, 'it must be a layout such as us or de.');
}

async function setKeyboard(root: string, layout: string, runInTree: RunInTree): Promise<void> {
  const before = await readTreeFile(root, 'etc/default/keyboard');
  // Left untouched: console-setup compiles the keyboard again, for many seconds, when this file is newer than what it compiled.
  if (before?.split('\n').includes(`XKBLAYOUT="${layout}"`) === true) return;
  if (before !== undefined || (await existsInside(root, 'etc/default'))) {
    const kept = (before ?? 'XKBMODEL="pc105"\nBACKSPACE="guess"')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('XKBLAYOUT='));
    await writeTreeFile(root, 'etc/default/keyboard', `${[...kept, `XKBLAYOUT="${layout}"`].join('\n')}\n`, 0o644);
  }
  await writeTreeFile(root, 'etc/vconsole.conf', `KEYMAP=${layout.split(',')[0]}\nXKBLAYOUT=${layout}\n`, 0o644);
  if (await hasProgram(root, 'setupcon')) await runInTree('setupcon', ['--save-only']);
}

function invalid(setting: string, value: string, problem: string): OstlerError {
  return new OstlerError('SETTING_INVALID', { setting, value, problem });
}
