/** The registry of a Windows that is not running: which hive of its tree a key is in (Microsoft, "Registry Hives"). */
import { OstlerError } from '@ostler/contract';
import { listHiveKeys, pathInside, readHiveValues } from '@ostler/imaging';
import type { RegistryKey } from '@ostler/task-sequence';

const hivesFolder = 'Windows/System32/config';
const rootNames: Readonly<Record<string, string>> = {
  hklm: 'HKEY_LOCAL_MACHINE',
  hku: 'HKEY_USERS',
  hkcr: 'HKEY_CLASSES_ROOT',
};
/** What a key begins with, the hive that has it, and where in that hive. */
const places: readonly { readonly begins: string; readonly hive: string; readonly inside: string }[] = [
  { begins: 'HKEY_LOCAL_MACHINE\\SOFTWARE', hive: 'SOFTWARE', inside: '' },
  { begins: 'HKEY_LOCAL_MACHINE\\SYSTEM', hive: 'SYSTEM', inside: '' },
  { begins: 'HKEY_LOCAL_MACHINE\\SAM', hive: 'SAM', inside: '' },
  { begins: 'HKEY_LOCAL_MACHINE\\SECURITY', hive: 'SECURITY', inside: '' },
  { begins: 'HKEY_USERS\\.DEFAULT', hive: 'DEFAULT', inside: '' },
  { begins: 'HKEY_CLASSES_ROOT', hive: 'SOFTWARE', inside: 'Classes' },
];
const currentControlSet = /^CurrentControlSet(?=\\|$)/i;

/** A Windows tree's registry, read with hivexsh. */
export class WindowsRegistry {
  readonly #root: string;
  readonly #signal: AbortSignal;

  constructor(root: string, signal: AbortSignal) {
    this.#root = root;
    this.#signal = signal;
  }

  /** null: there is no such key. @throws OstlerError CONDITION_UNANSWERABLE for keys that only a running Windows has */
  async key(key: string): Promise<RegistryKey | null> {
    const place = await this.#place(key);
    const values = await readHiveValues(place.hive, place.key, this.#signal);
    return values && { values };
  }

  async value(key: string, name: string): Promise<string | undefined> {
    return (await this.key(key))?.values.get(name.toLowerCase())?.data;
  }

  /** The names of the keys below; empty where there is no such key. */
  async subkeys(key: string): Promise<readonly string[]> {
    const place = await this.#place(key);
    return (await listHiveKeys(place.hive, place.key, this.#signal)) ?? [];
  }

  async #place(key: string): Promise<{ readonly hive: string; readonly key: string }> {
    if (/\p{Cc}/u.test(key)) throw unanswerable(JSON.stringify(key), 'it has control characters');
    const whole = key.replace(/^[^\\]+/, (root) => rootNames[root.toLowerCase()] ?? root).replace(/\\+$/, '');
    const place = places.find(({ begins }) => `${whole}\\`.toLowerCase().startsWith(`${begins}\\`.toLowerCase()));
    if (place === undefined) throw unanswerable(key, 'only a running Windows has this key, or it is not in a hive of the system');
    const hive = await pathInside(this.#root, `${hivesFolder}/${place.hive}`, { ignoreCase: true });
    if (hive === null) throw unanswerable(key, `the Windows on the disk has no hive ${place.hive}`);
    const rest = [place.inside, whole.slice(place.begins.length + 1)].filter((part) => part !== '').join('\\');
    return { hive, key: place.hive === 'SYSTEM' ? await this.#withControlSet(hive, rest) : rest };
  }

  /** CurrentControlSet is a link that only a running Windows makes, to the set that Select names. */
  async #withControlSet(hive: string, key: string): Promise<string> {
    if (!currentControlSet.test(key)) return key;
    const select = await readHiveValues(hive, 'Select', this.#signal);
    const number = select?.get('current')?.data ?? '1';
    return key.replace(currentControlSet, `ControlSet${number.padStart(3, '0')}`);
  }
}

function unanswerable(key: string, problem: string): OstlerError {
  return new OstlerError('CONDITION_UNANSWERABLE', { question: `the registry key ${key}`, problem });
}
