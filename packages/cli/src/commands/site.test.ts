import { expect, it } from 'vitest';
import { networkBootText } from './site.ts';

const state = {
  running: true,
  restarts: 0,
  lastError: null,
  dhcpServerInstructions: [{ firmware: 'BIOS', option: '67', value: 'undionly.kpxe' }],
};

it('an existing DHCP server is to be changed only where Ostler does not answer DHCP itself', () => {
  const heading = 'Put this into the existing DHCP server:';

  expect(networkBootText({ ...state, mode: 'off' })).toContain(
    `${heading}\nFIRMWARE  DHCP OPTION  VALUE\nBIOS      67           undionly.kpxe`,
  );
  expect(networkBootText({ ...state, mode: 'proxy' })).not.toContain(heading);
  expect(networkBootText({ ...state, mode: 'full' })).not.toContain(heading);
});
