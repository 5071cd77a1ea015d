/** The site's address as network boot needs it: firmware resolves no names, so a host name is looked up here, once it answers. */
import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { siteAddress, type SiteAddress } from '@ostler/network-boot';

export interface BootAddressSources {
  readonly siteAddress: string;
  /** With the ports that the listeners really have. */
  readonly serverUrl: () => string;
  readonly filesUrl: () => string;
}

/** Asked again until the name is found; then kept. */
export function createBootAddress(sources: BootAddressSources): () => Promise<SiteAddress> {
  let found: Promise<string> | undefined;
  const ipv4 = async (): Promise<string> => {
    if (isIPv4(sources.siteAddress)) return sources.siteAddress;
    found ??= lookup(sources.siteAddress, { family: 4 }).then(({ address }) => address);
    try {
      return await found;
    } catch (error) {
      found = undefined;
      throw error;
    }
  };
  return async () =>
    siteAddress(await ipv4(), {
      name: sources.siteAddress,
      httpPort: Number(new URL(sources.filesUrl()).port || 80),
      httpsPort: Number(new URL(sources.serverUrl()).port || 443),
    });
}
