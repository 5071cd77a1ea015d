/** Small nouns that the others are made of. Times are ISO 8601 UTC strings on the wire. */
import { z } from 'zod';

export const Id = z.string().regex(/^[a-z][a-z0-9-]{1,63}$/, 'is not an id');
export const Timestamp = z.iso.datetime();
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in lower-case hexadecimal');
export const SizeBytes = z.number().int().nonnegative();
export const Firmware = z.enum(['bios', 'uefi']);
export type Firmware = z.output<typeof Firmware>;
export const Architecture = z.enum(['amd64', 'arm64']);
export type Architecture = z.output<typeof Architecture>;
/** What the site calls a thing: one line, 1 to 100 characters. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]+$/u, 'has control characters');
/** Lower case, colons: `52:54:00:12:34:56`. Dashes and upper case are accepted and normalised. */
export const MacAddress = z
  .string()
  .transform((text) => text.toLowerCase().replaceAll('-', ':'))
  .pipe(z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, 'is not a MAC address'));
/** Lower case with dashes, as SMBIOS prints it. */
export const SmbiosUuid = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is not a UUID'));
/** As it stands on the computer. Case does not matter; which ones identify nobody is the server's knowledge. */
export const SerialNumber = z
  .string()
  .trim()
  .regex(/^[\x20-\x7E]{1,200}$/, 'is not a serial number');
/** A task sequence variable's name: letters, digits, `_`, `-`; case does not matter (feature map §3.1). */
export const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,255}$/, 'is not a variable name');
/** A Windows- and DNS-safe computer name: RFC 1123 label, 1 to 63 characters. */
export const ComputerName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'is not a computer name');
export const VariableValue = z.string().max(4000);
/** A stored, immutable piece of content. */
export const ContentRef = z.strictObject({ sha256: Sha256, sizeBytes: SizeBytes });
export type ContentRef = z.output<typeof ContentRef>;
/** How far something is. `total` is null while it is not known. */
export const Progress = z.strictObject({
  activity: z.string(),
  done: z.number().nonnegative(),
  total: z.number().nonnegative().nullable(),
  unit: z.enum(['bytes', 'files', 'steps', 'percent']),
});
export type Progress = z.output<typeof Progress>;
/** Which page of a long list: `after` is the `next` of the page before, and means nothing else. */
export const PageQuery = z.strictObject({
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const Done = z.strictObject({ ok: z.literal(true) });
/** The path parameter of most routes. */
export const ById = z.strictObject({ id: Id });
/** A list answer. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item) });
}
