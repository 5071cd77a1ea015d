/** What a site adds to the first stage: its CA and its options, as a small archive after the common one. */
import type { BootImageOptions } from '@ostler/contract';
import { writeCpio, type CpioEntry } from './cpio.ts';

/** The archive, uncompressed: the kernel takes one after a compressed one. */
export function writeSiteOverlay(siteCaPem: string, options: Pick<BootImageOptions, 'prestartCommand' | 'commandSupport'>): Buffer {
  const entries: CpioEntry[] = [
    { kind: 'directory', path: 'etc/ostler', mode: 0o755 },
    file('etc/ostler/boot-image.conf', `command_support=${String(options.commandSupport)}\n`),
    file('etc/ostler/ca.pem', siteCaPem),
    ...(options.prestartCommand === null ? [] : [file('etc/ostler/prestart', `${options.prestartCommand}\n`)]),
  ];
  return writeCpio(entries);
}

function file(path: string, text: string): CpioEntry {
  return { kind: 'file', path, mode: 0o644, data: Buffer.from(text) };
}
