/**
 * One virtual machine of the lab, from power-on to power cut: its disks and firmware variables stay over power cuts and restarts.
 * What it boots is decided by the network it is plugged into.
 */
import { createHash } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, start, type RunningProgram } from '@ostler/imaging/run';
import type { Link, Network } from './network.ts';
import { firmwareFiles, qemuArguments, type Accelerator, type Firmware, type QemuMachine } from './qemu-arguments.ts';
import { connectQmp, type Qmp } from './qmp.ts';
import { serialKeyboardAt, type SerialKeyboard } from './serial-keyboard.ts';
import { serialLogAt, type SerialLog } from './serial-log.ts';
import { tpmAt, type Tpm } from './tpm.ts';

export interface MachineOptions {
  /** Names its files, and is its identity: the same name has the same addresses and UUID. */
  readonly name: string;
  readonly firmware: Firmware;
  readonly boot: 'pxe' | 'http';
  readonly memoryMiB: number;
  /** Whether somebody can type at its serial port. */
  readonly serialInput: boolean;
  /** Sizes of its disks; none: a machine without a disk. Disks are sparse files. */
  readonly diskSizesGiB: readonly number[];
  readonly adapterCount: number;
  /** Whether it has a TPM 2.0. */
  readonly tpm: boolean;
}

export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly macAddress: string;
  readonly uuid: string;
  /** As its firmware tells it: no other machine of the lab has it. */
  readonly serialNumber: string;
  readonly serial: SerialLog;
  readonly links: readonly Link[];
  readonly disks: readonly string[];
  readonly isOn: boolean;
  powerOn(signal: AbortSignal): Promise<void>;
  /** As if the plug had been pulled. */
  cutPower(): Promise<void>;
  /** Off and on again. Not QEMU's own reset: under emulation the firmware now and then does nothing after it but answer its timer. */
  reset(signal: AbortSignal): Promise<void>;
  /** As if its disks were put into another computer. It is off, and has a TPM. */
  replaceTpm(): Promise<void>;
  /** Settles when the machine has switched itself off. */
  waitUntilOff(signal: AbortSignal): Promise<void>;
  /** Types at the serial port, as a terminal sends it. */
  typeOnSerial(text: string, signal: AbortSignal): Promise<void>;
  /** Keys by QEMU's names, one after another: `['esc']`, `['a', 'ret']`. */
  sendKeys(keys: readonly string[], signal: AbortSignal): Promise<void>;
  /** Writes everything that is in its memory to a file: whoever holds the computer can read it. */
  copyMemory(path: string, signal: AbortSignal): Promise<void>;
  /** Writes what is on the screen as a PNG. */
  screenshot(path: string, signal: AbortSignal): Promise<void>;
}

/** Folders that exist: for its files, and for its socket, whose path has to be short. */
export interface MachinePlaces {
  readonly folder: string;
  readonly socketFolder: string;
}

/** Makes the machine's disks and firmware variables in the folder; it is off. */
export async function createMachine(
  options: MachineOptions,
  network: Network,
  accelerator: Accelerator,
  { folder, socketFolder }: MachinePlaces,
  signal: AbortSignal,
): Promise<Machine> {
  const { name, firmware, diskSizesGiB } = options;
  const at = (suffix: string): string => join(folder, `${name}${suffix}`);
  const disks: string[] = [];
  for (const [index, sizeGiB] of diskSizesGiB.entries()) {
    const path = at(`-disk${index}.raw`);
    await run('truncate', ['--size', `${Math.round(sizeGiB * 1024)}M`, path], { signal });
    disks.push(path);
  }
  const { variables } = firmwareFiles[firmware];
  const variablesFile = variables === null ? null : at('-variables.fd');
  if (variables !== null && variablesFile !== null) await copyFile(variables, variablesFile);
  const links: Link[] = [];
  for (let index = 0; index < options.adapterCount; index += 1) links.push(await network.addTap(signal));
  const tpm = options.tpm ? tpmAt(join(socketFolder, name), network) : null;
  const identity = machineIdentity(name, options.adapterCount);
  const qemu: QemuMachine = {
    firmware,
    boot: options.boot,
    accelerator,
    memoryMiB: options.memoryMiB,
    cpus: cpusUnder[accelerator],
    uuid: identity.uuid,
    serialNumber: `LAB-${name.toUpperCase()}`,
    adapters: links.map((link, index) => ({ tap: link.name, macAddress: identity.macAddresses[index] ?? '' })),
    disks: disks.map((path) => ({ path, format: 'raw' })),
    variablesFile,
    serialFile: at('.serial.log'),
    serialSocket: options.serialInput ? join(socketFolder, `${name}.serial`) : null,
    tpmSocket: tpm?.socket ?? null,
    qmpSocket: join(socketFolder, `${name}.qmp`),
  };
  return machineOf({ name, qemu, links, network, tpm });
}

/**
 * One under emulation: with two, QEMU now and then shows one processor the other's half-patched kernel code, and the kernel
 * stops ("Oops: int3").
 */
const cpusUnder: Readonly<Record<QemuMachine['accelerator'], number>> = { kvm: 2, tcg: 1 };

/** What a machine tells the network of itself, made from its name. */
export function machineIdentity(name: string, adapterCount: number): { readonly uuid: string; readonly macAddresses: readonly string[] } {
  const hash = createHash('sha256').update(name).digest('hex');
  const uuid = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  const tail = hash.slice(0, 4).replace(/^(..)(..)$/, '$1:$2');
  const macAddresses = Array.from({ length: adapterCount }, (_each, index) => `52:54:00:${tail}:${String(index + 1).padStart(2, '0')}`);
  return { uuid, macAddresses };
}

interface Running {
  readonly program: RunningProgram;
  readonly qmp: Qmp;
  readonly keyboard: SerialKeyboard | null;
  readonly tpm: RunningProgram | null;
}

interface Parts {
  readonly name: string;
  readonly qemu: QemuMachine;
  readonly links: readonly Link[];
  readonly network: Network;
  readonly tpm: Tpm | null;
}

/** Whether the machine is on, and what comes and goes with that. */
interface Power extends Pick<Machine, 'powerOn' | 'cutPower'> {
  /** null: the machine is off. */
  readonly running: Running | null;
  /** @throws Error when the machine is off */
  on(): Running;
}

function powerOf({ name, qemu, network, tpm }: Parts): Power {
  let running: Running | null = null;
  return {
    get running() {
      return running;
    },
    on: () => {
      if (running === null) throw new Error(`The machine ${name} is off.`);
      return running;
    },
    powerOn: async (signal) => {
      if (running !== null) return;
      const begun = await startQemu(qemu, network, tpm, signal);
      running = begun;
      void begun.program.exited.then(() => {
        begun.qmp[Symbol.dispose]();
        begun.keyboard?.[Symbol.dispose]();
        if (running === begun) running = null;
      });
    },
    cutPower: async () => {
      const ending = running;
      await ending?.program.stop(0);
      await ending?.tpm?.stop(2000);
      running = null;
    },
  };
}

function machineOf(parts: Parts): Machine {
  const { name, qemu, links, tpm } = parts;
  const power = powerOf(parts);
  return {
    name,
    macAddress: qemu.adapters[0]?.macAddress ?? '',
    uuid: qemu.uuid,
    serialNumber: qemu.serialNumber,
    serial: serialLogAt(qemu.serialFile),
    links,
    disks: qemu.disks.map(({ path }) => path),
    get isOn() {
      return power.running !== null;
    },
    powerOn: (signal) => power.powerOn(signal),
    cutPower: () => power.cutPower(),
    reset: async (signal) => {
      await power.cutPower();
      await power.powerOn(signal);
    },
    replaceTpm: async () => {
      if (tpm === null || power.running !== null) throw new Error(`The machine ${name} is on, or has no TPM.`);
      await tpm.replace();
    },
    waitUntilOff: async (signal) => {
      if (power.running !== null) await untilEnded(power.running.program, signal);
    },
    ...keysOf(() => power.on()),
    copyMemory: async (path, signal) => {
      // All of it is below the hole for devices: see pc_q35_init in QEMU's hw/i386/pc_q35.c.
      await power.on().qmp.execute('pmemsave', { val: 0, size: qemu.memoryMiB * 2 ** 20, filename: path }, signal);
    },
    screenshot: async (path, signal) => void (await power.on().qmp.execute('screendump', { filename: path, format: 'png' }, signal)),
    [Symbol.asyncDispose]: () => power.cutPower(),
  };
}

/** @throws the signal's reason */
async function untilEnded({ exited }: RunningProgram, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  await Promise.race([exited, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

function keysOf(on: () => Running): Pick<Machine, 'typeOnSerial' | 'sendKeys'> {
  return {
    typeOnSerial: async (text, signal) => {
      const { keyboard } = on();
      if (keyboard === null) throw new Error('Nobody can type at the serial port of this machine.');
      await keyboard.type(text, signal);
    },
    sendKeys: async (keys, signal) => {
      for (const key of keys) await on().qmp.execute('send-key', { keys: [{ type: 'qcode', data: key }] }, signal);
    },
  };
}

async function startQemu(qemu: QemuMachine, network: Network, tpm: Tpm | null, signal: AbortSignal): Promise<Running> {
  await rm(qemu.qmpSocket, { force: true });
  const tpmProgram = (await tpm?.powerOn(signal)) ?? null;
  const { program, args } = network.inside('qemu-system-x86_64', qemuArguments(qemu));
  let output = '';
  const qemuProgram = await start(program, args, {
    onOutput: (text) => {
      output = (output + text).slice(-2000);
    },
  });
  const ended = new AbortController();
  void qemuProgram.exited.then((code) => ended.abort(new Error(`QEMU ended with exit code ${code}: ${output.trim()}`)));
  try {
    const qmp = await connectQmp(qemu.qmpSocket, AbortSignal.any([signal, ended.signal]));
    const keyboard = qemu.serialSocket === null ? null : serialKeyboardAt(qemu.serialSocket);
    return { program: qemuProgram, qmp, keyboard, tpm: tpmProgram };
  } catch (error) {
    await qemuProgram.stop(0);
    await tpmProgram?.stop(2000);
    throw error;
  }
}
