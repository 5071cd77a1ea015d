/** What scenarios with an encrypted system share: where it is, for steps and for whoever looks, and what its start needs. */

export const systemPartition = { kind: 'variable', variable: 'SystemPartition' } as const;
/** Of a partition with the name `System`. */
export const systemDevice = '/dev/disk/by-partlabel/System';
/** An emulated processor on a busy computer may need longer for its disk than systemd waits. */
export const slowDiskOption = 'systemd.default_device_timeout_sec=600';
