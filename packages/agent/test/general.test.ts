/** The steps of the category General on this computer: rules, readiness, network folders, domains. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stepOptions } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { makeChecks } from '../src/steps/check-readiness.ts';
import { joinRequest, withWorkgroup } from '../src/steps/join-domain.ts';
import { aFolder, facts } from './builders.ts';
import { aStep, runSteps } from './run-of-steps.ts';

const plain = (name: string, value: string) => ({ name, value, secret: false });
const to = (name: string, value: string) => ({ variables: [{ name, value }] });

describe('Set Dynamic Variables', () => {
  test('sets what each matching rule says, in their order, and always what has no rule', async () => {
    const rules = [
      to('Office', 'none'),
      { when: { kind: 'make-and-model', make: 'qemu', model: 'Standard*' }, ...to('Virtual', 'yes') },
      { when: { kind: 'make-and-model', make: 'QEMU', model: 'Q35' }, ...to('Virtual', 'other') },
      { when: { kind: 'computer', serialNumber: 'other', macAddress: '52-54-00-00-00-01' }, ...to('Office', '%Site% 7') },
      { when: { kind: 'computer', assetTag: '' }, ...to('Office', 'wrong: no asset tag is no match') },
      { when: { kind: 'location', defaultGateway: '203.0.113.254' }, ...to('Office', 'wrong place') },
      { when: { kind: 'variable', variable: 'Virtual', operator: 'equals', value: 'YES' }, ...to('Disk', 'thin') },
    ];
    await using run = await runSteps([aStep('set-dynamic-variables', { rules })], { variables: [plain('Site', 'Lab')] });

    expect(run.failure()).toBeNull();
    expect(['Office', 'Virtual', 'Disk'].map((name) => run.variable(name))).toEqual(['Lab 7', 'yes', 'thin']);
  });

  test('keeps a secret value out of everything', async () => {
    const rules = [{ variables: [{ name: 'Pin', value: 'marker-4721', secret: true }] }];
    await using run = await runSteps([aStep('set-dynamic-variables', { rules }), aStep('run-command-line', { commandLine: 'echo %Pin%' })]);

    expect(run.isSealed('Pin')).toBe(true);
    expect(run.everything()).not.toContain('marker-4721');
  });

  test('refuses a variable of the engine', async () => {
    await using run = await runSteps([aStep('set-dynamic-variables', { rules: [to('_SMSTSModel', 'x')] })]);

    expect(run.failure()?.error.code).toBe('VARIABLE_READ_ONLY');
  });
});

async function aComputer(files: Readonly<Record<string, string>>) {
  const folder = await aFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

/** A laptop on mains with a cable and a radio, of which the cable is out. */
const laptop = {
  'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '3600000\n',
  'sys/class/power_supply/BAT0/type': 'Battery\n',
  'sys/class/power_supply/AC/type': 'Mains\n',
  'sys/class/power_supply/AC/online': '1\n',
  'sys/class/net/eth0/address': '52:54:00:00:00:01\n',
  'sys/class/net/eth0/device/vendor': '0x8086\n',
  'sys/class/net/eth0/carrier': '0\n',
  'sys/class/net/wlan0/address': '52:54:00:00:00:02\n',
  'sys/class/net/wlan0/device/vendor': '0x8086\n',
  'sys/class/net/wlan0/phy80211/name': 'phy0\n',
  'sys/class/net/wlan0/carrier': '1\n',
  'sys/class/tpm/tpm0/tpm_version_major': '2\n',
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/default/locale': 'LANG=de_DE.UTF-8\n',
};

describe('Check Readiness', () => {
  const readiness = stepOptions['check-readiness'];
  const results = async (root: string, options: object, environment: 'boot-image' | 'installed-os' = 'installed-os') =>
    (await makeChecks(readiness.parse(options), { root, environment, facts })).map(({ variable, passed }) => [variable, passed]);

  test('answers every check from the computer', async () => {
    await using computer = await aComputer(laptop);
    const options = {
      minimumMemoryMb: 2100,
      minimumProcessorMhz: 3600,
      minimumOsVersion: '11',
      maximumOsVersion: '11.9',
      osLanguage: 'de-DE',
      acPower: true,
      networkConnected: true,
      networkWired: true,
      tpm: true,
      tpm2: true,
      uefi: true,
    };

    expect(await results(computer.path, options)).toEqual([
      ['_TS_CRMEMORY', true],
      ['_TS_CRSPEED', true],
      ['_TS_CRMINOSVER', true],
      ['_TS_CRMAXOSVER', false],
      ['_TS_CROSLANGUAGE', true],
      ['_TS_CRACPOWER', true],
      ['_TS_CRNETWORK', true],
      ['_TS_CRWIRED', false],
      ['_TS_CRTPMENABLED', true],
      ['_TS_CRTPMACTIVATED', true],
      ['_TS_CRUEFI', true],
    ]);
  });

  test('says no where the computer has nothing: no TPM, a battery alone, an unknown system', async () => {
    await using computer = await aComputer({ 'sys/class/power_supply/BAT0/type': 'Battery\n', 'proc/cpuinfo': 'cpu MHz\t: 1499.9\n' });

    const options = {
      minimumProcessorMhz: 1500,
      minimumOsVersion: '1',
      acPower: true,
      networkConnected: true,
      tpm: true,
      minimumFreeDiskMb: 1,
    };
    expect(await results(computer.path, options, 'boot-image')).toEqual([
      ['_TS_CRSPEED', true],
      ['_TS_CRDISK', false],
      ['_TS_CRMINOSVER', false],
      ['_TS_CRACPOWER', false],
      ['_TS_CRNETWORK', false],
      ['_TS_CRTPMENABLED', false],
    ]);
  });

  test('makes all checks, then fails with 4316, lists each and leaves its variables', async () => {
    const options = { minimumMemoryMb: 9_000_000, uefi: true, minimumFreeDiskMb: 9_000_000_000 };
    await using run = await runSteps([
      aStep('check-readiness', options, { continueOnError: true }),
      aStep('run-command-line', { commandLine: 'true' }),
    ]);

    expect(run.end.outcome).toMatchObject({ kind: 'succeeded' });
    const message = run.site.messages.find(({ kind }) => kind === 'step-failed');
    expect(message?.exitCode).toBe(4316);
    expect(message?.output.split('\n').map((line) => line.slice(0, 14))).toEqual(['FAILED  memory', 'FAILED  larges', 'passed  UEFI: ']);
    expect(['_TS_CRMEMORY', '_TS_CRDISK', '_TS_CRUEFI', '_TS_CRWIRED'].map((name) => run.variable(name))).toEqual([
      '0',
      '0',
      '1',
      undefined,
    ]);
  });
});

describe('Connect To Network Folder', () => {
  /** What was run, with what the credentials file held at that moment; mounting itself is left out: it needs a server and a kernel module. */
  function watched() {
    const calls: { words: string; credentials: string }[] = [];
    const imaging: Partial<ImagingOperations> = {
      hasProgram: async () => true,
      run: async (program, args, options) => {
        if (program !== 'mount') return realImaging.run(program, args, options);
        const path = /credentials=([^,]+)/.exec(args.join(' '))?.[1];
        calls.push({ words: [program, ...args].join(' '), credentials: path === undefined ? '' : await readFile(path, 'utf8') });
        return { stdout: '', stderr: '', exitCode: 0 };
      },
    };
    return { calls, imaging };
  }

  test('gives an SMB password in a file that is gone afterwards, never as an argument', async () => {
    await using folder = await aFolder();
    const { calls, imaging } = watched();
    const options = {
      path: String.raw`\\files\%Share%`,
      mountPoint: folder.path,
      account: String.raw`EXAMPLE\ann`,
      passwordVariable: 'SharePw',
      mountOptions: 'ro',
    };
    await using run = await runSteps([aStep('connect-to-network-folder', options)], {
      imaging,
      variables: [plain('Share', 'software')],
      secrets: { SharePw: 'marker,4731' },
    });

    expect(run.failure()).toBeNull();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.words).toMatch(/^mount -t cifs -o credentials=\/dev\/shm\/\S+,ro \/\/files\/software \S+$/);
    expect(calls[0]?.credentials).toBe('username=ann\npassword=marker,4731\ndomain=EXAMPLE\n');
    expect((await readdir('/dev/shm')).filter((name) => name.startsWith(`ostler-credentials-${process.pid}`))).toEqual([]);
    expect(run.everything()).not.toContain('marker,4731');
  });

  test('takes NFS folders, and the variables before the step’s own options', async () => {
    await using folder = await aFolder();
    const { calls, imaging } = watched();
    await using run = await runSteps([aStep('connect-to-network-folder', { path: '//other/share', mountPoint: folder.path })], {
      imaging,
      variables: [plain('SMSConnectNetworkFolderPath', 'nas.example.org:/export/software')],
    });

    expect(run.failure()).toBeNull();
    expect(calls[0]?.words).toBe(`mount -t nfs nas.example.org:/export/software ${folder.path}`);
  });

  test.runIf(process.getuid?.() === 0)('is disconnected at the end of the run', async () => {
    await using folder = await aFolder();
    const imaging: Partial<ImagingOperations> = {
      hasProgram: async () => true,
      // A file system that needs no server stands for the share: what is proven is that it is there, and gone afterwards.
      run: async (program, args, options) =>
        realImaging.run(program, program === 'mount' ? ['-t', 'tmpfs', 'tmpfs', folder.path] : args, options),
    };
    const listing = aStep('run-command-line', { commandLine: `grep -c ' ${folder.path} tmpfs' /proc/mounts` });
    await using run = await runSteps([aStep('connect-to-network-folder', { path: '//a/b', mountPoint: folder.path }), listing], {
      imaging,
    });

    expect(run.outputs()[1]).toBe('1');
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(folder.path);
  });

  test('says what is wrong with a path, and what is missing', async () => {
    await using wrong = await runSteps([aStep('connect-to-network-folder', { path: 'files', mountPoint: '/mnt/x' })]);
    await using missing = await runSteps([aStep('connect-to-network-folder', { path: '//a/b', mountPoint: '/mnt/x' })], {
      imaging: { hasProgram: async () => false },
    });
    await using password = await runSteps([aStep('connect-to-network-folder', { path: '//a/b', mountPoint: '/mnt/x', account: 'ann' })]);

    expect([wrong, missing, password].map((run) => run.failure()?.error.code)).toEqual([
      'NETWORK_FOLDER_PATH',
      'NETWORK_FOLDER_PROGRAM_MISSING',
      'VARIABLE_NOT_SET',
    ]);
  });
});

describe('Join Domain or Workgroup', () => {
  test('gives realm the password on its standard input', () => {
    const join = {
      domain: 'example.org',
      organizationalUnit: 'LDAP://OU=PCs,DC=example,DC=org',
      account: String.raw`EXAMPLE\joiner`,
      password: 'pw',
    };

    expect(joinRequest(join)).toEqual({
      program: 'realm',
      args: ['join', '--verbose', '--user=joiner', '--computer-ou=OU=PCs,DC=example,DC=org', 'example.org'],
      input: 'pw\n',
    });
  });

  test('takes the OSDJoin variables first, its secret included, and restarts only where it is asked to', async () => {
    const calls: string[] = [];
    const imaging: Partial<ImagingOperations> = {
      hasProgram: async () => true,
      run: async (program, args, options) => {
        if (program !== 'realm') return realImaging.run(program, args, options);
        calls.push(`${args.join(' ')} < ${options.input}`);
        options.onOutput?.(`Password for joiner: ${options.input}`, 'stderr');
        return { stdout: '', stderr: '', exitCode: 0 };
      },
    };
    const options = { join: { kind: 'domain', domain: 'other.example', account: 'x' }, restart: true };
    const variables = [plain('OSDJoinDomainName', 'corp.example'), plain('OSDJoinAccount', 'joiner'), plain('OSDJoinSkipReboot', 'TRUE')];
    await using run = await runSteps([aStep('join-domain', options)], {
      environment: 'installed-os',
      imaging,
      variables,
      secrets: { OSDJoinPassword: 'marker-4741' },
    });

    expect(run.end.outcome).toMatchObject({ kind: 'succeeded' });
    expect(calls).toEqual(['join --verbose --user=joiner corp.example < marker-4741\n']);
    expect(run.everything()).not.toContain('marker-4741');
  });

  test('says which variable is missing, and which program', async () => {
    const step = aStep('join-domain', { join: { kind: 'domain', domain: 'corp.example', account: 'joiner', passwordVariable: 'JoinPw' } });
    await using password = await runSteps([step], { environment: 'installed-os', imaging: { hasProgram: async () => true } });
    await using program = await runSteps([step], {
      environment: 'installed-os',
      imaging: { hasProgram: async () => false },
      secrets: { JoinPw: 'x' },
    });

    expect(password.failure()?.error.message).toContain('JoinPw');
    expect(program.failure()?.error.code).toBe('DOMAIN_PROGRAM_MISSING');
  });

  test('writes the workgroup into Samba’s settings, wherever it stood', () => {
    expect(withWorkgroup('[global]\n  Workgroup = OLD\n[x]\n', 'NEW')).toBe('[global]\n   workgroup = NEW\n[x]\n');
    expect(withWorkgroup('# mine\n[global]\nserver string = a\n', 'NEW')).toBe('# mine\n[global]\n   workgroup = NEW\nserver string = a\n');
    expect(withWorkgroup('', 'NEW')).toBe('[global]\n   workgroup = NEW\n');
  });
});
