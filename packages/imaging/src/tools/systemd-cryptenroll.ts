/** systemd-cryptenroll: binds a LUKS2 container to this computer's TPM 2.0. */
import { run } from '../run.ts';
import { keyFile } from './cryptsetup.ts';

export interface TpmEnrolment {
  /** `auto`, or a device or TCTI as systemd-cryptenroll(1) has it. */
  readonly tpm: string;
  /** The registers of measured boot that must be as they are now; 7 is Secure Boot's state. */
  readonly pcrs: readonly number[];
  /** To be typed at each start; without it the computer starts by itself. */
  readonly pin?: string | undefined;
}

/** Adds a slot that the TPM opens, taking the place of an earlier one of the TPM. */
export async function enrolTpm(device: string, key: string, { tpm, pcrs, pin }: TpmEnrolment, signal: AbortSignal): Promise<void> {
  await using file = await keyFile(key);
  const args = [
    `--unlock-key-file=${file.path}`,
    `--tpm2-device=${tpm}`,
    `--tpm2-pcrs=${pcrs.join('+')}`,
    `--tpm2-with-pin=${pin === undefined ? 'no' : 'yes'}`,
    '--wipe-slot=tpm2',
    device,
  ];
  await run('systemd-cryptenroll', args, { signal, ...(pin === undefined ? {} : { env: { NEWPIN: pin } }) });
}
