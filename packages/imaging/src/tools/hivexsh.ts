/** hivexsh (libhivex-bin): reads keys and values of a Windows registry hive, without changing it. */
import { isOstlerError } from '@ostler/contract';
import { run } from '../run.ts';

/** A value as hivexsh prints it, in the forms of HiveValue. */
export interface HiveValue {
  /** As in `winnt.h`, without `REG_`; a type that is not among these reads as BINARY. */
  readonly type: 'NONE' | 'SZ' | 'EXPAND_SZ' | 'BINARY' | 'DWORD' | 'MULTI_SZ' | 'QWORD';
  /** Numbers in decimal, binary data in hexadecimal, several texts with newlines between them. */
  readonly data: string;
}

/** The values of a key by name in lower case, the default one as `''`; null: there is no such key. `key` is `Vendor\Product`. */
export async function readHiveValues(hive: string, key: string, signal: AbortSignal): Promise<ReadonlyMap<string, HiveValue> | null> {
  const output = await ask(hive, key, 'lsval', signal);
  if (output === null) return null;
  const values = new Map<string, HiveValue>();
  for (const line of output.split('\n')) {
    const { name, data } = /^"(?<name>(?:[^"\\]|\\.)*)"=(?<data>.*)$/.exec(line)?.groups ?? {};
    if (name === undefined || data === undefined) continue;
    values.set(name === '@' ? '' : unescaped(name).toLowerCase(), valueOf(data));
  }
  return values;
}

/** The names of the keys below a key; null: there is no such key. */
export async function listHiveKeys(hive: string, key: string, signal: AbortSignal): Promise<readonly string[] | null> {
  const output = await ask(hive, key, 'ls', signal);
  return output === null ? null : output.split('\n').filter((line) => line !== '');
}

async function ask(hive: string, key: string, command: string, signal: AbortSignal): Promise<string | null> {
  try {
    return (await run('hivexsh', [hive], { signal, input: `cd \\${key}\n${command}\n` })).stdout;
  } catch (thrown) {
    const isMissing = isOstlerError(thrown) && thrown.code === 'COMMAND_FAILED' && /subkey .* not found/.test(thrown.message);
    if (isMissing) return null;
    throw thrown;
  }
}

const binaryTypes: Readonly<Record<string, HiveValue['type']>> = { 0: 'NONE', 1: 'SZ', 2: 'EXPAND_SZ', 7: 'MULTI_SZ', 11: 'QWORD' };

/** `"text"`, `str(2):"text"`, `dword:0000000a` or `hex(3):01,02`. */
function valueOf(printed: string): HiveValue {
  if (printed.startsWith('"')) return { type: 'SZ', data: unescaped(printed.slice(1, -1)) };
  if (printed.startsWith('dword:')) return { type: 'DWORD', data: String(Number.parseInt(printed.slice('dword:'.length), 16)) };
  const { kind, number = '', rest = '' } = /^(?<kind>str|hex)\((?<number>\d+)\):(?<rest>.*)$/s.exec(printed)?.groups ?? {};
  const type = binaryTypes[number] ?? 'BINARY';
  if (kind === 'str') return { type, data: unescaped(rest.slice(1, -1)) };
  const bytes = Buffer.from(rest.replaceAll(',', ''), 'hex');
  if (type === 'MULTI_SZ') return { type, data: bytes.toString('utf16le').replaceAll(/\0+$/g, '').replaceAll('\0', '\n') };
  if (type === 'QWORD' && bytes.length === 8) return { type, data: String(bytes.readBigUInt64LE()) };
  return { type, data: bytes.toString('hex') };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}
