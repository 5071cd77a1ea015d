import { DEFAULT_CIPHERS } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { preferredCiphers } from './trust-site.ts';

const chaCha = 'TLS_CHACHA20_POLY1305_SHA256';

describe('the cipher of an agent', () => {
  it('is ChaCha20 on a processor without AES instructions', () => {
    const ciphers = preferredCiphers(DEFAULT_CIPHERS, 'model name\t: old\nflags\t\t: fpu sse2 ssse3\n');

    expect(ciphers.split(':')[0]).toBe(chaCha);
    expect(ciphers.split(':').toSorted()).toEqual(DEFAULT_CIPHERS.split(':').toSorted());
  });

  it('stays as it is where the processor has AES instructions, or does not tell', () => {
    expect(preferredCiphers(DEFAULT_CIPHERS, 'flags\t\t: fpu sse2 aes avx\n')).toBe(DEFAULT_CIPHERS);
    expect(preferredCiphers(DEFAULT_CIPHERS, '')).toBe(DEFAULT_CIPHERS);
  });
});
