/**
 * How everything that the lab makes outside its own process is named. The names carry the process id of the lab that made them,
 * so that a later lab can tell what a dead one left behind. Making and removing is network.ts's and sweep.ts's.
 */

const namespacePattern = /^ostler-lab-(?<pid>\d+)-(?<number>\d+)(?<part>-[a-z]+)?$/;

/** One network (and one working directory) of one lab process. */
export interface LabId {
  readonly pid: number;
  /** Counts the networks of this process from 1. */
  readonly number: number;
}

/** The name of the namespace and of the working directory: `ostler-lab-4711-1`. */
export function labName({ pid, number }: LabId): string {
  return `ostler-lab-${pid}-${number}`;
}

/** A second namespace on the same network, for example for a DHCP server of its own. */
export function neighbourName(id: LabId, part: string): string {
  return `${labName(id)}-${part}`;
}

/** The interface in the host's namespace. The kernel allows 15 characters. */
export function hostInterfaceName({ pid, number }: LabId): string {
  return `ol${pid.toString(36)}-${number}`;
}

/** @returns the lab that made a namespace or a directory, or null when no lab did */
export function readLabName(name: string): LabId | null {
  const groups = namespacePattern.exec(name)?.groups;
  return groups === undefined ? null : { pid: Number(groups['pid']), number: Number(groups['number']) };
}

/** The network 10.99.`subnet`.0/24: who has which address. */
export interface LabAddresses {
  readonly server: string;
  /** The lab itself, in the host's namespace: it calls the API and looks into machines. */
  readonly host: string;
  /** A DHCP server beside the site's. */
  readonly dhcpServer: string;
  readonly rangeStart: string;
  readonly rangeEnd: string;
  readonly netmask: string;
}

export function labAddresses(subnet: number): LabAddresses {
  const at = (last: number): string => `10.99.${subnet}.${last}`;
  return { server: at(1), dhcpServer: at(2), host: at(254), rangeStart: at(100), rangeEnd: at(199), netmask: '255.255.255.0' };
}

/** @returns a subnet of 10.99.0.0/16 that none of the addresses is in, from `first` on; null when all are taken */
export function freeSubnet(takenAddresses: readonly string[], first: number): number | null {
  const taken = new Set(takenAddresses.map((address) => /^10\.99\.(?<subnet>\d+)\./.exec(address)?.groups?.['subnet']));
  for (let step = 0; step < 250; step += 1) {
    const subnet = ((first + step) % 250) + 1;
    if (!taken.has(String(subnet))) return subnet;
  }
  return null;
}
