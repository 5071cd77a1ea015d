/** The network page: what is asked, what is refused, what is done, and that it is offered again. */
import { run } from '@ostler/imaging/run';
import { OstlerError } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import type { BootNetwork } from '../src/boot-network.ts';
import { RunLog } from '../src/log.ts';
import { decodeKeys } from '../src/screen/keys.ts';
import { render } from '../src/screen/render.ts';
import type { ScreenView } from '../src/screen/screen-state.ts';
import { reachSite } from '../src/wizard/ask-network.ts';
import { networkCommands, networkForm, readNetworkForm, type NetworkSettings } from '../src/wizard/network-settings.ts';

const signal = AbortSignal.timeout(60_000);
const adapters = [
  { name: 'eth0', macAddress: '52:54:00:00:00:01' },
  { name: 'eth1', macAddress: '52:54:00:00:00:02' },
];
const enter = '\r';
const down = '\u001B[B';

/** A computer whose site answers once the settings are as given; a person types the keys there. */
async function reach(keys: string, { wanted, failures = [] }: { wanted: NetworkSettings; failures?: readonly string[] }) {
  const shown: ScreenView[] = [];
  const applied: NetworkSettings[] = [];
  const left = decodeKeys(keys);
  const waiting = [...failures];
  const network: BootNetwork = {
    adapters: () => Promise.resolve(adapters),
    apply: (settings) => {
      const output = waiting.shift();
      if (output !== undefined) throw new OstlerError('COMMAND_FAILED', { program: 'ip', exitCode: 2, output, replay: '' });
      applied.push(settings);
      return Promise.resolve();
    },
  };
  const link = {
    serverUrl: 'https://site:8443',
    answers: () => Promise.resolve(JSON.stringify(applied.at(-1)) === JSON.stringify(wanted)),
  };
  const nextKey = () => {
    const key = left.shift();
    return key === undefined ? Promise.reject(new Error('no key is left')) : Promise.resolve(key);
  };
  const screen = { show: (view: ScreenView) => void shown.push(view), nextKey };
  await reachSite(link, { screen, log: new RunLog(() => new Date()), network }, signal);
  return { shown, applied };
}
const screenOf = (view: ScreenView | undefined): string[] =>
  render({ siteName: '', networkProblem: null, content: view! }, 0)
    .slice(2, -2)
    .map((line) => line.slice(2));

describe('a site that does not answer', () => {
  const wanted = {
    adapter: 'eth0',
    vlan: null,
    static: { address: '192.0.2.7/24', gateway: '192.0.2.1', dnsServers: ['192.0.2.2', '192.0.2.3'] },
  };

  test('is reached with a static address, which a person types on the page behind N', async () => {
    const { shown, applied } = await reach(`n192.0.2.7/24${enter}192.0.2.1${enter}192.0.2.2, 192.0.2.3${enter}${enter}`, { wanted });

    expect(applied).toEqual([wanted]);
    expect(screenOf(shown[0])).toEqual(expect.arrayContaining(['The site does not answer', 'https://site:8443', '[N] network settings']));
    expect(screenOf(shown.findLast(({ view }) => view === 'page'))).toEqual([
      'Network settings',
      '',
      'They are for this boot only. The installed system has its own.',
      '',
      '  Adapter: eth0 (52:54:00:00:00:01)',
      '     One of: eth0 (52:54:00:00:00:01), eth1 (52:54:00:00:00:02)',
      '  Addresses: static',
      '     One of: automatic (DHCP), static',
      '  Address: 192.0.2.7/24',
      '     For static: with its prefix, such as 192.0.2.7/24. May stay empty',
      '  Gateway: 192.0.2.1',
      '     May stay empty',
      '  Name servers, with blanks between (DNS): 192.0.2.2, 192.0.2.3',
      '     May stay empty',
      '> Number, 1 to 4094 (VLAN): _',
      '     May stay empty',
      '',
      '',
      '',
      '',
      '[Up/Down] other fields   [Enter] next   [Esc] back',
    ]);
  });

  test('that stays away gets the page again, with what was typed, after settings that could not be applied', async () => {
    const keys = `n192.0.2.7/24${enter}192.0.2.1${enter}192.0.2.2${enter}${enter}${down.repeat(4)} 192.0.2.3${enter}${enter}`;
    const { shown, applied } = await reach(keys, { wanted, failures: ['Nexthop has invalid gateway.'] });

    expect(applied).toEqual([wanted]);
    expect(JSON.stringify(shown)).toContain('Nexthop has invalid gateway.');
  });
});

describe('what is typed', () => {
  const read = (answers: Record<string, string>) => {
    const form = networkForm(adapters);
    return readNetworkForm({ ...form, answers: { ...form.answers, address: '192.0.2.7/24', ...answers } }, adapters);
  };

  test.each([
    [{ address: '192.0.2.7' }, 2, 'Address has to be an IPv4 address with a prefix, such as 192.0.2.7/24.'],
    [{ gateway: '192.0.2' }, 3, 'Gateway has to be an IPv4 address.'],
    [{ dns: '192.0.2.2 name' }, 4, 'DNS has to be IPv4 addresses with blanks between.'],
    [{ vlan: '4095' }, 5, 'VLAN is a number from 1 to 4094.'],
    [{ adapter: '' }, 0, 'Adapter has to be chosen.'],
  ])('%j is refused at its field', (answers, field, problem) => {
    expect(read(answers)).toEqual({ field, problem });
  });

  test('for automatic addresses needs nothing else', () => {
    expect(read({ addresses: 'automatic (DHCP)', address: '', vlan: '7' })).toEqual({ adapter: 'eth0', vlan: 7, static: null });
  });
});

test('settings take away what was set before, and a DHCP client asks on the VLAN', () => {
  const present = { adapters: ['eth0', 'eth1'], vlans: ['eth0.5'] };

  const commands = networkCommands({ adapter: 'eth0', vlan: 7, static: null }, present).map((words) => words.join(' '));

  expect(commands.slice(0, -1)).toEqual([
    'ip link delete eth0.5',
    'ip address flush dev eth0 scope global',
    'ip address flush dev eth1 scope global',
    'ip link set eth0 up',
    'ip link add link eth0 name eth0.7 type vlan id 7',
    'ip link set eth0.7 up',
  ]);
  expect(commands.at(-1)).toContain('udhcpc "$@"');
  expect(commands.at(-1)).toContain('-i eth0.7');
});

describe.skipIf(process.getuid?.() !== 0)('the programs, in a network of their own (needs root)', () => {
  const name = `ostler-page-${process.pid}`;
  const ip = async (...args: string[]) => (await run('ip', args, { signal })).stdout;

  test('give a computer its address and its way out, and the next settings replace them', async () => {
    await ip('netns', 'add', name);
    try {
      await ip('-netns', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'switch');
      await ip('-netns', name, 'link', 'set', 'switch', 'up');
      const apply = async (address: string, gateway: string) => {
        const settings = { adapter: 'eth0', vlan: null, static: { address, gateway, dnsServers: [] } };
        for (const [, ...args] of networkCommands(settings, { adapters: ['eth0'], vlans: [] })) await ip('-netns', name, ...args);
      };

      await apply('192.0.2.7/24', '192.0.2.1');
      await apply('198.51.100.7/25', '198.51.100.1');

      const addresses = await ip('-netns', name, '-4', '-brief', 'address', 'show', 'dev', 'eth0');
      expect(addresses).toContain('198.51.100.7/25');
      expect(addresses).not.toContain('192.0.2');
      expect(await ip('-netns', name, 'route')).toMatch(/^default via 198\.51\.100\.1 dev eth0/);
    } finally {
      await ip('netns', 'delete', name);
    }
  });
});
