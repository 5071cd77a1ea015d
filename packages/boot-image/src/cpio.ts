/**
 * Writes cpio archives in the "newc" format, which the kernel unpacks as an initramfs
 * (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). Owner root, time zero, order given by the caller:
 * the same entries always give the same bytes.
 */

/** One entry. `path` has no leading slash; the folders above it are entries of their own, before it. */
export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly data: Uint8Array }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'device'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number };

interface Header {
  readonly mode: number;
  readonly data: Uint8Array;
  readonly major: number;
  readonly minor: number;
}

const empty = new Uint8Array(0);

const headers: { readonly [K in CpioEntry['kind']]: (entry: Extract<CpioEntry, { kind: K }>) => Header } = {
  directory: ({ mode }) => ({ mode: 0o040_000 | mode, data: empty, major: 0, minor: 0 }),
  file: ({ mode, data }) => ({ mode: 0o100_000 | mode, data, major: 0, minor: 0 }),
  link: ({ target }) => ({ mode: 0o120_777, data: Buffer.from(target), major: 0, minor: 0 }),
  device: ({ mode, major, minor }) => ({ mode: 0o020_000 | mode, data: empty, major, minor }),
};

/** The archive with all entries and the trailer, a multiple of 4 bytes long, so that another archive may follow. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => record(entry.path, index + 1, headerOf(entry)));
  return Buffer.concat([...parts, ...record('TRAILER!!!', 0, { mode: 0, data: empty, major: 0, minor: 0 })]);
}

/** Zero bytes up to the next multiple of 4: the kernel looks for the next archive there. */
export function padToFour(lengthBytes: number): Buffer {
  return Buffer.alloc((4 - (lengthBytes % 4)) % 4);
}

/** The entries for every folder above these paths, outermost first, each once. */
export function parentDirectories(paths: readonly string[]): CpioEntry[] {
  const directories = new Set(paths.flatMap((path) => ancestors(path)));
  return [...directories].toSorted().map((path) => ({ kind: 'directory', path, mode: 0o755 }));
}

function ancestors(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

function headerOf<K extends CpioEntry['kind']>(entry: Extract<CpioEntry, { kind: K }>): Header {
  // The table's row of an entry's own kind takes that entry; TypeScript cannot follow the correlation.
  const header = headers[entry.kind] as (entry: Extract<CpioEntry, { kind: K }>) => Header;
  return header(entry);
}

function record(path: string, inode: number, { mode, data, major, minor }: Header): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const links = (mode & 0o170_000) === 0o040_000 ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, data.byteLength, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0').toUpperCase()).join('')}`);
  const head = Buffer.concat([header, name]);
  return [head, padToFour(head.length), Buffer.from(data), padToFour(data.byteLength)];
}
