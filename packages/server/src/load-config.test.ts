import { describe, expect, it } from 'vitest';
import { listSettings } from './config.ts';
import { describeSettings, loadConfig } from './load-config.ts';

interface Given {
  readonly flags?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly file?: string;
}

function load({ flags = [], environment = {}, file }: Given) {
  const words = file === undefined ? flags : ['--config', '/etc/ostler.yaml', ...flags];
  return loadConfig({ flags: words, environment, readFile: () => file ?? '' });
}

describe('the settings', () => {
  it('have defaults that a small site can start with', () => {
    const config = load({});

    expect(config).toMatchObject({
      dataDirectory: '/var/lib/ostler',
      databaseUrl: null,
      httpsPort: 8443,
      httpPort: 8080,
      dhcp: { mode: 'proxy', interface: null, dnsServers: [] },
      jobs: { concurrency: 2 },
      debianMirror: 'http://deb.debian.org/debian',
    });
    expect(config.siteAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it('make the address of the interface that network boot answers on the site’s own, where nothing else is said', () => {
    expect(load({ flags: ['--dhcp-interface', 'lo'] }).siteAddress).toBe('127.0.0.1');
    expect(load({ flags: ['--dhcp-interface', 'lo', '--site-address', '192.0.2.1'] }).siteAddress).toBe('192.0.2.1');
    expect(load({ flags: ['--dhcp-interface', 'eth-none'] }).siteAddress).toBe(load({}).siteAddress);
  });

  it('are taken from flags before the environment before the file', () => {
    const file = 'httpsPort: 1\nhttpPort: 2\nlogLevel: warn\ndhcp:\n  mode: off\n  dnsServers: [192.0.2.1]\n';
    const environment = { OSTLER_HTTPS_PORT: '11', OSTLER_HTTP_PORT: '12', OSTLER_DHCP_DNS_SERVERS: '192.0.2.2, 192.0.2.3' };

    const config = load({ file, environment, flags: ['--https-port', '21', '--dhcp-interface=br0'] });

    expect(config).toMatchObject({ httpsPort: 21, httpPort: 12, logLevel: 'warn' });
    expect(config.dhcp).toMatchObject({ mode: 'off', interface: 'br0', dnsServers: ['192.0.2.2', '192.0.2.3'] });
  });

  it('can be taken back to null by a stronger source', () => {
    expect(load({ file: 'databaseUrl: postgres://a/b', flags: ['--database-url', 'null'] }).databaseUrl).toBeNull();
  });

  it.each<[string, Given, string]>([
    ['a wrong flag value', { flags: ['--https-port', 'many'] }, 'httpsPort (--https-port): '],
    ['a wrong variable', { environment: { OSTLER_DHCP_MODE: 'on' } }, 'dhcp.mode (OSTLER_DHCP_MODE): '],
    ['a wrong value in the file', { file: 'logLevel: loud' }, 'logLevel (/etc/ostler.yaml): '],
    ['an unknown flag', { flags: ['--htps-port', '1'] }, '--htps-port is not an option'],
    ['a flag without its value', { flags: ['--https-port'] }, '--https-port needs a value'],
    ['an unknown setting in the file', { file: 'dhcp: { moed: off }' }, 'dhcp.moed (/etc/ostler.yaml) is not a setting'],
    ['a file that is not YAML', { file: 'a: [' }, '/etc/ostler.yaml cannot be read: '],
    ['a file that holds a list', { file: '- a' }, '/etc/ostler.yaml must hold settings'],
    ['half a certificate', { flags: ['--key-file', '/k.pem'] }, 'give all three or none'],
    ['full DHCP without a range', { flags: ['--dhcp-mode', 'full'] }, 'dhcp.rangeStart and dhcp.rangeEnd are needed'],
    ['two listeners on one port', { flags: ['--http-port', '8443'] }, 'httpsPort and httpPort must differ'],
  ])('are refused with name, source and problem: %s', (_what, given, message) => {
    expect(() => load(given)).toThrow(message);
  });

  it('are refused all at once', () => {
    const flags = ['--https-port', 'x', '--log-level', 'y'];

    expect(() => load({ flags })).toThrow(/httpsPort .*; logLevel /);
  });

  it('are all in the help, each with what it is for, its default and its other names', () => {
    const help = describeSettings();

    for (const { flag, variable, name, description } of listSettings()) {
      expect(description, name).not.toBe('');
      for (const part of [flag, variable, name, description]) expect(help).toContain(part);
    }
  });
});
