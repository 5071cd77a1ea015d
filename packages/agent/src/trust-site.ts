/** How this agent speaks TLS: with its site's CA only, and with the cipher that this processor is fastest at. */
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';

const withoutAes = 'TLS_CHACHA20_POLY1305_SHA256';

/**
 * Before the first connection. Processors without AES instructions decrypt ChaCha20 several times faster; the server takes it
 * when a client names it first.
 * @param ca the site's CA certificate, PEM
 */
export async function trustSite(ca: string): Promise<void> {
  tls.setDefaultCACertificates([ca]);
  tls.DEFAULT_CIPHERS = preferredCiphers(tls.DEFAULT_CIPHERS, await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
}

/** @param cpuInfo the text of /proc/cpuinfo (proc(5)); without flags nothing is changed */
export function preferredCiphers(ciphers: string, cpuInfo: string): string {
  const flags = /^flags\s*:(?<names>.*)$/m.exec(cpuInfo)?.groups?.['names']?.trim().split(/\s+/);
  if (flags === undefined || flags.includes('aes')) return ciphers;
  return [withoutAes, ...ciphers.split(':').filter((name) => name !== withoutAes)].join(':');
}
