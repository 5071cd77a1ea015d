/** Scenarios of firmware and network: every way a computer comes to the boot environment. */
import { readFile } from 'node:fs/promises';
import { createShortSequence, deployRequired, importDevice, waitForRun } from '../deploy.ts';
import type { Machine } from '../machine.ts';
import type { Stage } from '../stage.ts';
import { deployToMachine } from './deploy-to-machine.ts';
import type { Scenario } from './scenario.ts';

export const firmwareScenarios: readonly Scenario[] = [
  {
    name: 'bios-pxe',
    shows: 'A BIOS computer with an empty disk boots from the network through iPXE and gets an operating system.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play: async (stage) => {
      const { reached } = await deployToMachine(stage, await stage.addMachine({ name: 'lab-bios', firmware: 'bios' }));
      const firmware = await reached.command('test -d /sys/firmware/efi && echo uefi || echo bios', stage.signal);
      stage.check(firmware.trim() === 'bios', 'the installed system was started by a BIOS');
    },
  },
  {
    name: 'uefi-pxe',
    shows: 'A UEFI computer with an empty disk boots from the network through shim and GRUB and gets an operating system.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 20,
    play: async (stage) => {
      const { reached } = await deployToMachine(stage, await stage.addMachine({ name: 'lab-uefi' }));
      const firmware = await reached.command('test -d /sys/firmware/efi && echo uefi || echo bios', stage.signal);
      stage.check(firmware.trim() === 'uefi', 'the installed system was started by UEFI');
    },
  },
  {
    name: 'uefi-secure-boot',
    shows: 'With Secure Boot on and Microsoft’s keys alone, a computer boots from the network, is deployed, and boots from its disk.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 25,
    play: async (stage) => {
      const { device, reached } = await deployToMachine(stage, await stage.addMachine({ name: 'lab-secure', firmware: 'secure-boot' }));
      const { facts } = await stage.site.call('devices.get', { params: { id: device.id } }, stage.signal);
      stage.check(facts?.secureBoot === 'enabled', 'the boot environment ran with Secure Boot on');
      const variable = await reached.command('od -An -t u1 /sys/firmware/efi/efivars/SecureBoot-*', stage.signal);
      stage.check(variable.trim().endsWith('1'), 'the installed system runs with Secure Boot on');
    },
  },
  {
    name: 'uefi-http-boot',
    shows: 'A UEFI computer whose PXE is switched off boots over UEFI HTTP Boot and runs a task sequence.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 12,
    play: async (stage) => {
      const machine = await stage.addMachine({ name: 'lab-http', boot: 'http' });
      await runShortSequence(stage, machine);
      stage.check(/Start HTTP Boot over IPv4/.test(await machine.serial.read()), 'the firmware used HTTP Boot');
    },
  },
  {
    name: 'proxy-dhcp',
    shows: 'Beside a DHCP server that knows nothing of network boot, UEFI and BIOS computers still boot from the network.',
    dhcp: 'proxy',
    machineCount: 2,
    timeLimitMinutes: 15,
    play: async (stage) => {
      const uefi = await stage.addMachine({ name: 'lab-proxy-uefi' });
      const bios = await stage.addMachine({ name: 'lab-proxy-bios', firmware: 'bios' });
      await Promise.all([runShortSequence(stage, uefi), runShortSequence(stage, bios)]);
      const leases = await readFile(stage.dhcpServer?.leaseFile ?? '', 'utf8');
      stage.check(
        [uefi, bios].every(({ macAddress }) => leases.includes(macAddress)),
        'the other server gave both their addresses',
      );
    },
  },
  {
    name: 'full-dhcp',
    shows: 'On an isolated network the site itself gives addresses, and a computer keeps its address over restarts.',
    dhcp: 'full',
    machineCount: 1,
    timeLimitMinutes: 15,
    play: async (stage) => {
      const machine = await stage.addMachine({ name: 'lab-full' });
      await runShortSequence(stage, machine);
      const stationAddress = /Station IP address is (?<address>[\d.]+)/;
      const first = stationAddress.exec(await machine.serial.read())?.groups?.['address'];
      stage.check(
        first?.startsWith(stage.network.addresses.server.replace(/1$/, '')) === true,
        'the firmware got an address from the site',
      );
      const from = await machine.serial.mark();
      await machine.cutPower();
      await stage.site.stop('killed');
      await stage.site.start(stage.signal);
      await machine.powerOn(stage.signal);
      const again = await machine.serial.waitFor(stationAddress, from, stage.signal);
      stage.check(again.groups?.['address'] === first, 'it got the same address after a restart of machine and server');
    },
  },
];

/** Imports the machine, gives it a required sequence of one command in the boot environment, and waits for its success. */
async function runShortSequence(stage: Stage, machine: Machine): Promise<void> {
  const { site, signal } = stage;
  const device = await importDevice(site, machine, machine.name, signal);
  const sequenceId = await createShortSequence(site, `Look around on ${machine.name}`, 'uname -a', signal);
  const deploymentId = await deployRequired(site, sequenceId, `Computer ${machine.name}`, [device.id], signal);
  await machine.powerOn(signal);
  const target = { deploymentId, deviceId: device.id };
  await waitForRun(site, target, ({ state }) => state === 'succeeded', stage.log, signal);
}
