/**
 * Can KVM be used here? /dev/kvm may exist and still not run a kernel, so a kernel is booted with it, and the answer is kept
 * for this computer. Everything else is emulated (TCG).
 */
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '@ostler/imaging/run';
import { z } from 'zod';
import type { Accelerator } from './qemu-arguments.ts';
import { serialLogAt } from './serial-log.ts';

const Remembered = z.strictObject({ computer: z.string(), accelerator: z.enum(['kvm', 'tcg']) });
const bootWithinMs = 20_000;

/** @param kernel a Linux kernel to try with; `cacheFile` keeps the answer */
export async function chooseAccelerator(kernel: string, cacheFile: string, signal: AbortSignal): Promise<Accelerator> {
  const computer = `${cpus()[0]?.model ?? ''} ${release()}`;
  const text = await readFile(cacheFile, 'utf8').catch(() => 'null');
  const remembered = Remembered.safeParse(JSON.parse(text));
  if (remembered.success && remembered.data.computer === computer) return remembered.data.accelerator;
  const accelerator = (await kernelBootsWithKvm(kernel, signal)) ? 'kvm' : 'tcg';
  await writeFile(cacheFile, JSON.stringify({ computer, accelerator }));
  return accelerator;
}

/** A kernel without a root file system boots until it panics over just that. */
async function kernelBootsWithKvm(kernel: string, signal: AbortSignal): Promise<boolean> {
  const hasDevice = await access('/dev/kvm').then(
    () => true,
    () => false,
  );
  if (!hasDevice) return false;
  const folder = await mkdtemp(join(tmpdir(), 'ostler-lab-kvm-'));
  const serial = serialLogAt(join(folder, 'serial.log'));
  const machine = ['-nodefaults', '-machine', 'q35', '-accel', 'kvm', '-cpu', 'host', '-m', '512', '-display', 'none', '-no-reboot'];
  const boot = ['-kernel', kernel, '-append', 'console=ttyS0 panic=-1', '-serial', `file:${serial.path}`];
  const qemu = await start('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machine, ...boot], {});
  const ended = new AbortController();
  void qemu.exited.then(() => ended.abort());
  try {
    const limit = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(bootWithinMs)]);
    await serial.waitFor(/Unable to mount root fs|Run \/init/, 0, limit).catch(() => signal.throwIfAborted());
    return /Unable to mount root fs|Run \/init/.test(await serial.read());
  } finally {
    await qemu.stop(0);
    await rm(folder, { recursive: true, force: true });
  }
}
