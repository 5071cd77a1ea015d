/** What a machine is when the site meets it for the first time. */
import type { DeviceState, SiteSettings } from '@ostler/contract';

/** Where machines are trusted by approval, an unknown one always waits for it before it may choose anything. */
export function stateOfNewMachine({ unknownComputers, trust }: Pick<SiteSettings, 'unknownComputers' | 'trust'>): DeviceState {
  const byPolicy = { ignore: 'unknown', menu: trust === 'approval' ? 'pending' : 'unknown', approval: 'pending' } as const;
  return byPolicy[unknownComputers];
}
