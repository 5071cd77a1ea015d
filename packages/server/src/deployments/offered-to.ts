/** Where computers ask for deployments from, and which of them they are offered there. */
import type { AvailableTo } from '@ostler/contract';

/** In the boot environment, or with the client of its installed system. */
export type AskedFrom = 'network-boot' | 'client';

/** Those that a computer is offered there. */
export const offeredTo: Readonly<Record<AskedFrom, readonly AvailableTo[]>> = {
  'network-boot': ['clients-media-and-network-boot', 'media-and-network-boot', 'media-and-network-boot-hidden'],
  client: ['clients', 'clients-media-and-network-boot'],
};
