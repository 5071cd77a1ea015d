/**
 * Which addresses the site may be told to send to. Whoever may make a webhook is not to reach through it what listens for this machine
 * alone (server-side request forgery): its own programs, and the metadata service of a cloud with its keys.
 */
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { OstlerError } from '@ostler/contract';

/** RFC 6890 and the documentation of the clouds. Private networks are where receivers are. */
const refusedNetworks: Readonly<Record<string, readonly string[]>> = {
  'a loopback address': ['127.0.0.0/8', '::1/128'],
  'the metadata service of a cloud': ['169.254.169.254/32', '100.100.100.200/32', '168.63.129.16/32', 'fd00:ec2::254/128'],
  'a link-local address': ['169.254.0.0/16', 'fe80::/10'],
  'no address of a computer': ['0.0.0.0/8', '::/128', '224.0.0.0/4', '240.0.0.0/4', 'ff00::/8'],
};

export interface ReachableAddresses {
  /** Looks at an address that stands in a URL; at the addresses of a name when it is connected to. @throws OstlerError WEBHOOK_ADDRESS_REFUSED */
  requireReachable(url: string): void;
  /** For a connection: what it answers is what is connected to, so that a name cannot mean another address a moment later. */
  readonly lookup: LookupFunction;
}

/** @param allowed networks that are reachable all the same */
export function createReachableAddresses(allowed: readonly string[]): ReachableAddresses {
  const allowedList = listOf(allowed);
  const refusedLists = Object.entries(refusedNetworks).map(([kind, networks]) => ({ kind, list: listOf(networks) }));
  const kindOf = (address: string): string | null => {
    if (isIn(allowedList, address)) return null;
    return refusedLists.find(({ list }) => isIn(list, address))?.kind ?? null;
  };
  const problemOf = (host: string, addresses: readonly string[]): OstlerError | null => {
    const address = addresses.find((each) => kindOf(each) !== null);
    return address === undefined ? null : new OstlerError('WEBHOOK_ADDRESS_REFUSED', { host, address, kind: kindOf(address) ?? '' });
  };
  return {
    requireReachable: (url) => {
      // An IPv6 address stands in brackets in a URL.
      const host = new URL(url).hostname.replaceAll(/[[\]]/g, '');
      const problem = isIP(host) === 0 ? null : problemOf(host, [host]);
      if (problem !== null) throw problem;
    },
    lookup: (host, options, callback) => {
      lookup(host, { ...options, all: true }, (error, found) => {
        const problem =
          error ??
          problemOf(
            host,
            found.map(({ address }) => address),
          );
        const [first] = found ?? [];
        if (problem !== null || first === undefined) callback(problem ?? new Error(`${host} has no address`), '', 0);
        else if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      });
    },
  };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

/** An IPv4 address that is written as an IPv6 one is looked at as what it is. */
function isIn(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
