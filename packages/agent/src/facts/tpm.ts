/** Whether this computer has a TPM 2.0 that can be used now. */
import { readFile } from 'node:fs/promises';

/** The kernel shows one only when the firmware has it on. */
export async function hasTpm2(): Promise<boolean> {
  const version = await readFile('/sys/class/tpm/tpm0/tpm_version_major', 'utf8').catch(() => '');
  return version.trim() === '2';
}
