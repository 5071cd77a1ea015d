/**
 * Looks for a word in files, byte by byte, in every form that programs write text in. It shares nothing with the product's own mask, so
 * that what the mask forgets is found.
 */
import { open } from 'node:fs/promises';

export interface Find {
  readonly path: string;
  /** How the word is written there: `as it is`, `base64` … */
  readonly form: string;
  readonly offset: number;
  /** What stands around it, for a person. */
  readonly around: string;
}

/** One way to write a word. */
export interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** All of them, equal ones once. */
export function formsOf(word: string): readonly Form[] {
  const bytes = Buffer.from(word, 'utf8');
  const utf16 = Buffer.from(word, 'utf16le');
  const texts: readonly (readonly [string, string])[] = [
    ['as it is', word],
    ['percent-encoded', encodeURIComponent(word)],
    ['form-encoded', encodeURIComponent(word).replaceAll('%20', '+')],
    ['escaped for JSON', JSON.stringify(word).slice(1, -1)],
    ['escaped for XML', escapeForXml(word)],
    ['escaped for the shell', word.replaceAll(/[^\w/.-]/g, String.raw`\$&`)],
    ['UTF-16, escaped for JSON', JSON.stringify(utf16.toString('latin1')).slice(1, -1)],
    ['hexadecimal', bytes.toString('hex')],
    ['hexadecimal', bytes.toString('hex').toUpperCase()],
    ...base64Forms(bytes).map((text): readonly [string, string] => ['base64', text]),
    ...base64Forms(utf16).map((text): readonly [string, string] => ['base64 of UTF-16', text]),
  ];
  const names = new Map(texts.toReversed().map(([name, text]) => [text, name]));
  return [
    ...Array.from(names, ([text, name]): Form => ({ name, bytes: Buffer.from(text, 'utf8') })),
    { name: 'UTF-16, little endian', bytes: utf16 },
    { name: 'UTF-16, big endian', bytes: Buffer.from(utf16).swap16() },
  ];
}

const xmlEntities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeForXml(text: string): string {
  return Array.from(text, (character) => xmlEntities[character] ?? character).join('');
}

/** As it stands in a longer base64 text, after 0, 1 and 2 bytes of another: what also depends on its neighbours is left out. */
function base64Forms(bytes: Buffer): string[] {
  const forms = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    const bits = (before + bytes.length) * 8;
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
  });
  return forms.flatMap((form) => [form, form.replaceAll('-', '+').replaceAll('_', '/')]);
}

const chunkBytes = 4 * 2 ** 20;
/** What is nothing but this, as the holes of a sparse file, is passed over. */
const zeros = Buffer.alloc(chunkBytes);

/** The first place of each form in the file. @throws the signal's reason */
export async function findForms(path: string, forms: readonly Form[], signal: AbortSignal): Promise<readonly Find[]> {
  const longest = Math.max(...forms.map(({ bytes }) => bytes.length));
  const buffer = Buffer.alloc(longest + chunkBytes);
  const missing = new Set(forms);
  const finds: Find[] = [];
  await using file = await open(path);
  let kept = 0;
  let offset = 0;
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, kept, chunkBytes, offset);
    if (bytesRead === 0) return finds;
    const isHole = buffer.subarray(kept, kept + bytesRead).equals(zeros.subarray(0, bytesRead));
    const piece = buffer.subarray(0, kept + bytesRead);
    for (const form of isHole ? [] : missing) {
      const at = piece.indexOf(form.bytes);
      if (at === -1) continue;
      missing.delete(form);
      finds.push({ path, form: form.name, offset: offset - kept + at, around: around(piece, at, form.bytes.length) });
    }
    offset += bytesRead;
    // A form may begin in one piece and end in the next.
    kept = Math.min(longest, piece.length);
    piece.copy(buffer, 0, piece.length - kept);
  }
}

const shownBytes = 60;

function around(bytes: Buffer, at: number, length: number): string {
  const shown = bytes.subarray(Math.max(0, at - shownBytes), at + length + shownBytes);
  return shown.toString('latin1').replaceAll(/[^\x20-\x7E]+/g, '·');
}
