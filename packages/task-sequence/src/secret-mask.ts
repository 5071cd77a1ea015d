/**
 * Takes secrets out of any text, also in the forms in which programs print them back: base64 (at any place of a longer text,
 * as in `user:password`), percent-encoded, escaped for JSON, for XML and for the shell, hexadecimal, as UTF-16, and each line of one that
 * has several.
 */

const shown = '********';
/** Shorter ones are masked as they are only: their other forms would be found in ordinary text. */
const shortestEncodedChars = 6;

export class SecretMask {
  /** Longest first, so that none is shown in part. */
  #forms: readonly string[] = [];
  readonly #known = new Set<string>();

  /** From here on the secret is masked; it stays so when its variable is gone. */
  add(secret: string): void {
    if (secret === '' || this.#known.has(secret)) return;
    this.#known.add(secret);
    const forms = new Set([...this.#forms, secret, ...otherForms(secret)]);
    this.#forms = [...forms].toSorted((a, b) => b.length - a.length);
  }

  mask(text: string): string {
    let masked = text;
    for (const form of this.#forms) masked = masked.replaceAll(form, shown);
    return masked;
  }
}

function otherForms(secret: string): string[] {
  if (secret.length < shortestEncodedChars) return [];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortestEncodedChars);
  const percent = secret.isWellFormed() ? [encodeURIComponent(secret), encodeURIComponent(secret).replaceAll('%20', '+')] : [];
  const escaped = [JSON.stringify(secret).slice(1, -1), ...forShell(secret), ...forXml(secret)];
  const bytes = new TextEncoder().encode(secret);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  // As text that was read as UTF-8, in either order of bytes: PowerShell and many programs of Windows print so.
  const utf16 = Array.from(secret).join('\0');
  return [...lines, ...percent, ...escaped, utf16, hex, hex.toUpperCase(), ...base64Forms(bytes), ...base64Forms(utf16Bytes(secret))];
}

/** In single quotes, and with a backslash before each character that means something to a shell. */
function forShell(secret: string): string[] {
  return [secret.replaceAll("'", String.raw`'\''`), secret.replaceAll(/[\s!"#$&'()*,;<>?[\\\]^`{|}~]/g, String.raw`\$&`)];
}

/** As the text of an element, and as an attribute in either kind of quotes. */
function forXml(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = text.replaceAll('"', '&quot;');
  return [text, quoted, quoted.replaceAll("'", '&apos;'), quoted.replaceAll("'", '&#39;')];
}

function utf16Bytes(text: string): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)).flatMap((unit) => [unit & 255, unit >> 8]),
  );
}

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The characters that stand for these bytes alone, after 0, 1 and 2 other bytes; in both alphabets (RFC 4648 §4 and §5). */
function base64Forms(bytes: Uint8Array): string[] {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return [0, 1, 2].flatMap((before) => {
    // The first character of these bytes may also hold bits of what came before, the last one of what follows: both are left out.
    const first = (6 - ((before * 8) % 6)) % 6;
    const groups = bits.slice(first).match(/.{6}/g) ?? [];
    const own = groups.map((group) => base64Alphabet[Number.parseInt(group, 2)]).join('');
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
