import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretMask } from './secret-mask.ts';

function masking(...secrets: string[]): SecretMask {
  const mask = new SecretMask();
  for (const secret of secrets) mask.add(secret);
  return mask;
}

describe('a secret', () => {
  it('is in no text any more, wherever it stood', () => {
    const secrets = fc.string({ minLength: 1, unit: 'grapheme' }).filter((secret) => !secret.includes('*'));
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        expect(masking(secret).mask(`${before}${secret}${after}`)).not.toContain(secret);
      }),
    );
  });

  it('is masked as a whole where another one is the beginning of it', () => {
    expect(masking('marker', 'marker-and-more').mask('a marker-and-more b marker c')).toBe('a ******** b ******** c');
  });

  it.each([
    ['percent-encoded', (secret: string) => encodeURIComponent(secret)],
    ['in JSON', (secret: string) => JSON.stringify(secret)],
    ['quoted for the shell', (secret: string) => `'${secret.replaceAll("'", String.raw`'\''`)}'`],
    ['escaped for the shell', () => String.raw`s€cret\ \"p\'ss\"\ \&\ wörd/+\?`],
    ['in XML', (secret: string) => secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['in base64 of UTF-16, as PowerShell takes commands', (secret: string) => Buffer.from(secret, 'utf16le').toString('base64')],
    ['in hexadecimal', (secret: string) => Buffer.from(secret).toString('hex')],
    ['in base64', (secret: string) => Buffer.from(secret).toString('base64')],
    ['in a basic authorisation', (secret: string) => Buffer.from(`admin:${secret}`).toString('base64')],
    ['in a longer base64 text', (secret: string) => Buffer.from(`ab${secret}tail`).toString('base64')],
  ])('is masked %s', (_form, encode) => {
    const secret = `s€cret "p'ss" & wörd/+?`;
    const encoded = encode(secret);

    const masked = masking(secret).mask(`before ${encoded} after`);

    expect(masked).toMatch(/^before .*\*{8}.* after$/);
    expect(masked.length).toBeLessThan(encoded.length);
    // At most the characters at the edges are left, which hold bits of what stands beside it.
    expect(masked.replace('********', '').length).toBeLessThanOrEqual('before  after'.length + 20);
  });

  it.each(['utf16le', 'utf16be'])('is masked where a program prints %s', (order) => {
    const bytes = Buffer.from('the pass"word" &1', 'utf16le');
    const text = (order === 'utf16le' ? bytes : bytes.swap16()).toString('utf8');

    expect(masking('pass"word"').mask(text).replaceAll('\0', '.')).toMatch(/^\.?t\.h\.e\. \.\*{8}\. \.&\.1\.?$/);
  });

  it('of several lines is masked line by line, as a log shows it', () => {
    const mask = masking('-----BEGIN KEY-----\nMIIEvAIBADANBg\n-----END KEY-----');

    expect('log: MIIEvAIBADANBg\n-----END KEY-----'.split('\n').map((line) => mask.mask(line))).toEqual(['log: ********', '********']);
  });
});
