/** Says in the server's log which device could not start the boot environment, and why. */
import type { Logger } from 'pino';
import type { BootFailure } from '../boot-images/boot-image-routes.ts';
import type { Database } from '../database/database.ts';
import { findDeviceByIdentity } from '../devices/store.ts';

/** The report is not proven to be from that machine: it changes nothing. */
export function createFailureRecord({ sql }: Database, log: Logger): (failure: BootFailure) => Promise<void> {
  return async ({ bootImageId, macAddress, text }) => {
    const device = macAddress === null ? null : await findDeviceByIdentity(sql, { macAddresses: [macAddress], smbiosUuid: null });
    if (device === null) return;
    log.warn({ deviceId: device.id, deviceName: device.name, bootImageId, text }, 'the boot environment of a device did not start');
  };
}
