import type { ImportDecision, Node } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import {
  bareMetal,
  exportedObject,
  mdtSequence,
  secretsOfBareMetal,
  sequence,
  step,
  variable,
  variableIs,
  zip,
} from '../../test/foreign-sequences.ts';
import { disableProblems, importTaskSequence, validateTaskSequence } from '../index.ts';

const read = (content: string | Uint8Array, more: object = {}) =>
  importTaskSequence(typeof content === 'string' ? new TextEncoder().encode(content) : content, {
    fileName: 'export.xml',
    references: {},
    ...more,
  });

const references = { ABC00012: 'image-windows' };
const runs = (commandLine: string, more = {}) =>
  step('SMS_TaskSequence_RunCommandLineAction', 'Run', variable('CommandLine', commandLine), more);
const named = (decisions: readonly ImportDecision[], name: string) => decisions.find(({ where }) => where.endsWith(name));

function steps(nodes: readonly Node[]): Exclude<Node, { type: 'group' }>[] {
  return nodes.flatMap((node) => (node.type === 'group' ? steps(node.steps) : [node]));
}

describe('a sequence of Configuration Manager', () => {
  it('arrives with its groups, steps, conditions and variables as what they are here', async () => {
    const { definition } = await read(bareMetal, { references, name: 'Bare metal' });

    expect(definition).toMatchObject({
      name: 'Bare metal',
      variables: { SiteCity: 'Berlin' },
      steps: [
        { type: 'group', name: 'Install Operating System', description: 'The disk and the image' },
        { type: 'group', name: 'Setup', continueOnError: true },
      ],
    });
    expect(steps(definition.steps)).toMatchObject([
      {
        type: 'restart-computer',
        condition: { variable: '_SMSTSInWinPE', operator: 'equals', value: 'false' },
        options: { target: 'boot-image', delaySeconds: 60 },
      },
      {
        type: 'format-and-partition-disk',
        condition: {
          all: [
            { variable: '_SMSTSClientCache', operator: 'notExists' },
            { none: [{ variable: '_SMSTSBootUEFI', operator: 'notEquals', value: 'true' }] },
          ],
        },
        options: {
          disk: 0,
          style: 'gpt',
          partitions: [
            { type: 'efi', fileSystem: 'fat32', size: 512, sizeUnits: 'MB' },
            { name: 'Windows', type: 'primary', fileSystem: 'ntfs', size: 100, sizeUnits: 'percent', variable: 'OSDISK' },
          ],
        },
      },
      { type: 'apply-operating-system-image', enabled: true, options: { imageId: 'image-windows', index: 3 } },
      { type: 'apply-os-settings', options: { timeZone: 'Europe/Berlin' } },
      { type: 'imported-step', enabled: false, options: { originalType: 'SMS_TaskSequence_ConvertDiskAction' } },
      { type: 'setup-operating-system' },
      {
        type: 'run-command-line',
        name: 'Write a marker',
        continueOnError: true,
        timeoutMinutes: 15,
        options: { commandLine: String.raw`cmd.exe /c echo %SiteCity% > C:\marker.txt` },
      },
      { name: 'Join by hand', enabled: false },
      { name: 'Typed by hand', enabled: false },
      { name: 'Hidden value', enabled: false, options: { variable: 'Token', value: '', secret: true } },
      { name: 'Plain value', enabled: true, options: { variable: 'Role', value: 'kiosk & wall', secret: false } },
    ]);
  });

  it('has a report that says of each step whether it was kept, changed how, or disabled why', async () => {
    const { decisions } = await read(bareMetal);

    expect(named(decisions, 'Plain value')).toMatchObject({ decision: 'kept', notes: [] });
    expect(named(decisions, 'Setup Windows and ConfigMgr')).toMatchObject({
      decision: 'changed',
      becomes: 'setup-operating-system',
      notes: ['no Configuration Manager client is installed'],
    });
    expect(named(decisions, 'Apply Operating System')).toMatchObject({ decision: 'disabled', becomes: 'apply-operating-system-image' });
    expect(named(decisions, 'Apply Operating System')?.notes.join()).toContain('ABC00012');
    expect(named(decisions, 'Convert Disk to Dynamic')?.notes).toEqual([
      'SMS_TaskSequence_ConvertDiskAction has no counterpart here; its text is kept',
    ]);
  });

  it('leaves every password behind, in the sequence and in the report', async () => {
    const text = JSON.stringify(await read(bareMetal));

    expect(text).not.toMatch(secretsOfBareMetal);
    expect(text).toContain('netdom join /userd:x');
    expect(text).toContain('OSDConvertDiskIndex');
  });

  it('disables a step whose condition has no counterpart: it would run where it did not before', async () => {
    const condition =
      '<condition><expression type="SMS_TaskSequence_MoonPhaseConditionExpression"><variable name="Phase">full</variable></expression></condition>';

    const { definition, decisions } = await read(sequence(runs('true', { condition })));

    expect(definition.steps[0]).toMatchObject({ enabled: false });
    expect(named(decisions, 'Run')).toMatchObject({
      decision: 'disabled',
      notes: ['the condition MoonPhase (Phase: full) has no counterpart here'],
    });
  });

  it('takes over conditions on files and folders, with versions and times', async () => {
    const file = `<expression type="SMS_TaskSequence_FileConditionExpression"><variable name="Path">C:\\a.exe</variable>
      <variable name="Version">2.0</variable><variable name="VersionOperator">greaterEquals</variable></expression>`;
    const folder = `<expression type="SMS_TaskSequence_FolderConditionExpression"><variable name="Path">C:\\b</variable>
      <variable name="DateTime">20200131120000.000000+060</variable><variable name="DateTimeOperator">less</variable></expression>`;
    const condition = `<condition><operator type="or">${file}${folder}</operator></condition>`;

    const { definition } = await read(sequence(runs('true', { condition })));

    expect(definition.steps[0]?.condition).toEqual({
      any: [
        { file: String.raw`C:\a.exe`, version: { operator: 'greaterEqual', value: '2.0' } },
        { folder: String.raw`C:\b`, modified: { operator: 'less', value: '2020-01-31T11:00:00.000Z' } },
      ],
    });
  });

  it('takes over conditions on WMI, the registry, software, and the system with its language', async () => {
    const of = (type: string, facts: Readonly<Record<string, string>>): string =>
      `<expression type="SMS_TaskSequence_${type}ConditionExpression">${Object.entries(facts)
        .map(([name, value]) => `<variable name="${name}">${value}</variable>`)
        .join('')}</expression>`;
    const wmi = (query: string): string => of('WMI', { Namespace: String.raw`root\cimv2`, Query: query });
    const key = { KeyPath: String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\Vendor`, Value: 'Version', Type: 'REG_SZ' };
    const condition = `<condition>${wmi("SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%Latitude%'")}${wmi(
      "SELECT OsLanguage FROM Win32_OperatingSystem WHERE OsLanguage='1031'",
    )}${of('Registry', { ...key, Operator: 'greaterEquals', Data: '4' })}${of('Registry', { ...key, Operator: 'exists' })}
      ${of('Software', { Operator: 'AnyVersion', UpgradeCode: '{11111111-2222-3333-4444-555555555555}', ProductCode: '{0}' })}
      <osConditionGroup type="or"><osExpressionGroup Name="All Windows 11 (64-bit)">${wmi("SELECT * FROM Win32_OperatingSystem WHERE BuildNumber >= '22000'")}</osExpressionGroup></osConditionGroup></condition>`;

    const { definition } = await read(sequence(runs('true', { condition })));

    const namespace = String.raw`root\cimv2`;
    const registry = { registry: String.raw`HKLM\SOFTWARE\Vendor`, valueName: 'Version' };
    expect(definition.steps[0]).toMatchObject({ enabled: true });
    expect(definition.steps[0]?.condition).toEqual({
      all: [
        { wmi: "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%Latitude%'", namespace },
        { operatingSystemLanguage: 'de-DE' },
        { ...registry, operator: 'greaterEqual', data: '4' },
        { ...registry, operator: 'exists', type: 'SZ' },
        { software: '{11111111-2222-3333-4444-555555555555}', match: 'upgrade-code' },
        { any: [{ wmi: "SELECT * FROM Win32_OperatingSystem WHERE BuildNumber >= '22000'", namespace }] },
      ],
    });
  });

  it('turns an environment that a command line is limited to into a condition', async () => {
    const text = sequence(runs('true')).replace('runIn="WinPEandFullOS"', 'runIn="FullOS"');

    expect((await read(text)).definition.steps[0]).toMatchObject({
      condition: { variable: '_SMSTSInWinPE', operator: 'equals', value: 'false' },
    });
  });

  it('arrives with its scripts, checks, domain, folders, updates, drivers and encryption', async () => {
    const script = Buffer.from('\uFEFFWrite-Output 1', 'utf16le').toString('base64');
    const all: readonly [string, Readonly<Record<string, string>>][] = [
      ['RunPowerShellScriptAction', { SourceScript: script, Parameters: '-Site "Berlin 1"' }],
      ['SubTasksequence', { TsPackageID: 'ABC00030' }],
      ['PrestartCheckAction', { CheckMemory: 'true', Memory: '4096', CheckFreeDiskSpace: 'false', FreeDiskSpace: '9' }],
      ['ConnectNetworkFolderAction', { Path: String.raw`\\srv\share`, DriveLetter: 'Z:', Username: 'x', Password: 'Conn3ct-pw' }],
      [
        'JoinDomainWorkgroupAction',
        { Type: '0', DomainName: 'example.org', DomainOUName: 'LDAP://OU=PCs,DC=example,DC=org', DomainPassword: 'J0in-pw' },
      ],
      ['InstallUpdateAction', { Target: 'All', RetryCount: '3' }],
      ['AutoApplyAction', { BestMatch: 'true' }],
      ['EnableBitLockerAction', { Mode: 'TPM', CreateRecoveryPassword: 'AD' }],
      ['InstallSoftwareAction', { BaseVariableName: 'PKG', ContinueOnInstallError: 'true' }],
      ['CaptureWindowsSettingsAction', { MigrateTimeZone: 'false' }],
    ];
    const text = all.map(([type, values]) =>
      step(
        `SMS_TaskSequence_${type}`,
        type,
        Object.entries(values)
          .map(([name, value]) => variable(name, value))
          .join(''),
      ),
    );

    const { definition, decisions } = await read(sequence(text.join('')), { references: { ABC00030: 'sequence-child' } });

    expect(steps(definition.steps)).toMatchObject([
      { type: 'run-script', options: { source: { kind: 'inline', script: 'Write-Output 1' }, parameters: ['-Site', 'Berlin 1'] } },
      { type: 'run-task-sequence', enabled: true, options: { taskSequenceId: 'sequence-child' } },
      { type: 'check-readiness', options: { minimumMemoryMb: 4096 } },
      { type: 'connect-to-network-folder', options: { path: String.raw`\\srv\share`, mountPoint: '/mnt/z', account: 'x' } },
      { type: 'join-domain', options: { join: { kind: 'domain', organizationalUnit: 'OU=PCs,DC=example,DC=org' }, restart: true } },
      { type: 'install-software-updates', options: { retries: 3 } },
      { type: 'auto-apply-drivers', options: { match: 'best' } },
      { type: 'enable-bitlocker', options: { recoveryKey: 'active-directory' } },
      { type: 'install-package', options: { baseVariable: 'PKG', continueOnFailure: true } },
      { type: 'capture-os-settings', options: { timeZone: false, computerName: true } },
    ]);
    expect(JSON.stringify([definition, decisions])).not.toMatch(/Conn3ct-pw|J0in-pw/);
  });

  it('installs its applications by their names here, and one that is not here is named', async () => {
    const application = (display: string, id: string, index: number) =>
      variable(`OSDApp${index}DisplayName`, display, `AppInfo${index}DisplayName`) +
      variable(`OSDApp${index}Name`, id, `AppInfo${index}Name`);
    const values =
      variable('ApplicationName', 'ScopeId_1/Application_a,ScopeId_1/Application_b') +
      variable('OSDAppCount', '2', 'NumApps') +
      application('Editor', 'ScopeId_1/Application_a', 0) +
      application('Browser', 'ScopeId_1/Application_b', 1);
    const text = sequence(
      step('SMS_TaskSequence_InstallApplicationAction', 'Both', values) +
        step('SMS_TaskSequence_InstallApplicationAction', 'Dynamic', variable('BaseVariableName', 'AA')) +
        step('BDD_InstallApplication', 'One of MDT', variable('ApplicationGUID', '{app-1}')),
    );

    const whole = await read(text, { references: { Editor: 'app-editor', browser: 'app-browser', '{APP-1}': 'app-1' } });
    const without = await read(text, { references: { Editor: 'app-editor' } });

    expect(steps(whole.definition.steps)).toMatchObject([
      { type: 'install-application', enabled: true, options: { applicationIds: ['app-editor', 'app-browser'] } },
      { type: 'install-application', enabled: true, options: { baseVariable: 'AA' } },
      { type: 'install-application', enabled: true, options: { applicationIds: ['app-1'] } },
    ]);
    expect(named(without.decisions, 'Both')).toMatchObject({ decision: 'disabled' });
    expect(named(without.decisions, 'Both')?.notes.join()).toContain('the application Browser');
    expect(whole.decisions).toHaveLength(3);
  });

  it('captures network settings as before; user state arrives disabled, because by itself it would stay on a disk that may be cleared', async () => {
    const text = sequence(
      step('SMS_TaskSequence_CaptureNetworkSettingsAction', 'Network', variable('MigrateNetworkMembership', 'false')) +
        step('SMS_TaskSequence_CaptureUserStateAction', 'Capture', variable('OSDMigrateMode', 'Simple')) +
        step('SMS_TaskSequence_RestoreUserStateAction', 'Restore', variable('MigrateLocalAccounts', 'false')),
    );

    const { definition, decisions } = await read(text);

    expect(steps(definition.steps)).toMatchObject([
      { type: 'capture-network-settings', enabled: true, options: { adapters: true, membership: false } },
      { type: 'capture-user-state', enabled: false },
      { type: 'restore-user-state', enabled: false, options: { accounts: false } },
    ]);
    expect(named(decisions, 'Capture')?.notes.join()).toContain('where no step in between clears the disk');
  });

  it('asks for a place at the site for user state as before, for what it was asked there, and arrives disabled with its capture', async () => {
    const text = sequence(
      step('SMS_TaskSequence_RequestStateStoreAction', 'Ask', variable('OSDStateSMPRetryCount', '7', 'SMPRetryCount'), {
        action: 'osdsmpclient.exe /capture',
      }) +
        step(
          'SMS_TaskSequence_RequestStateStoreAction',
          'Ask again',
          variable('RequestType', 'restore') + variable('FallbackToNAA', 'true'),
        ) +
        step('SMS_TaskSequence_ReleaseStateStoreAction', 'Give back', '', { action: 'osdsmpclient.exe /release' }),
    );

    const { definition, decisions } = await read(text);

    expect(steps(definition.steps)).toMatchObject([
      { type: 'request-state-store', enabled: false, options: { purpose: 'capture', retryCount: 7, retryDelaySeconds: 15 } },
      { type: 'request-state-store', enabled: false, options: { purpose: 'restore', retryCount: 0 } },
      { type: 'release-state-store', enabled: false },
    ]);
    expect(named(decisions, 'Ask again')?.notes.join()).toContain('there is no other account to try');
    expect(named(decisions, 'Give back')?.notes.join()).toContain('together with the steps that capture');
  });

  it('keeps the program of a package, and disables the step where the package here has none of that name', async () => {
    const installs = step(
      'SMS_TaskSequence_InstallSoftwareAction',
      'Install',
      variable('PackageID', 'ABC00007') + variable('ProgramName', 'Per-system'),
    );
    const imported = await read(sequence(installs), { references: { abc00007: 'package-1' } });
    const having = (programs: readonly string[]) =>
      disableProblems(imported, (definition) =>
        Promise.resolve(
          validateTaskSequence(
            { ...definition, startsIn: 'installed-os' },
            {
              imageIndexes: () => undefined,
              hasPackage: () => true,
              packagePrograms: () => programs,
              hasApplication: () => false,
            },
          ),
        ),
      );

    expect(imported.definition.steps[0]).toMatchObject({ options: { packageId: 'package-1', program: 'Per-system' } });
    expect((await having(['Per-system'])).definition.steps[0]).toMatchObject({ enabled: true });
    const { decisions } = await having(['Other']);
    expect(named(decisions, 'Install')?.notes.join()).toContain('the package package-1 has no program Per-system');
  });

  it('can be saved at once: what the site would refuse is disabled with the reason', async () => {
    const installs = step('SMS_TaskSequence_InstallSoftwareAction', 'Install', variable('PackageID', 'ABC00007'));
    const imported = await read(sequence(installs), { references: { abc00007: 'package-1' } });
    const check = (definition: typeof imported.definition) =>
      Promise.resolve(
        validateTaskSequence(definition, { imageIndexes: () => undefined, hasPackage: () => true, hasApplication: () => false }),
      );

    const { definition, decisions } = await disableProblems(imported, check);

    expect(imported.definition.steps[0]).toMatchObject({ enabled: true, options: { packageId: 'package-1' } });
    expect(await check(definition)).toEqual([]);
    expect(named(decisions, 'Install')).toMatchObject({ decision: 'disabled' });
    expect(named(decisions, 'Install')?.notes.join()).toContain('cannot run here');
  });
});

it('a sequence of MDT arrives under its own name; its scripts are disabled, one’s own commands are kept as they were', async () => {
  const { definition, decisions } = await read(mdtSequence, { fileName: 'ts.xml' });

  expect(definition).toMatchObject({ name: 'Standard Client', description: 'A complete client' });
  expect(steps(definition.steps)).toMatchObject([
    { type: 'imported-step', name: 'Gather local only', enabled: false, options: { originalType: 'BDD_Gather' } },
    { type: 'run-command-line', name: 'Configure', enabled: false },
    {
      type: 'run-command-line',
      name: 'Own tool',
      enabled: false,
      successCodes: [0, 1641],
      options: { workingDirectory: String.raw`C:\Tools` },
    },
    {
      type: 'apply-operating-system-image',
      options: { imageId: 'imported-11111111-2222-3333-4444-555555555555', destination: { kind: 'disk-partition', disk: 0, partition: 2 } },
    },
  ]);
  expect(definition.steps[0]?.condition).toEqual({ variable: 'PHASE', operator: 'equals', value: 'PREINSTALL' });
  expect(named(decisions, 'Own tool')).toMatchObject({ decision: 'kept' });
});

it('drivers, checks and PowerShell scripts of MDT arrive as what they are here', async () => {
  const text = sequence(
    step('BDD_InjectDrivers', 'Drivers', variable('DriverSelectionProfile', 'Laptops') + variable('DriverInjectionMode', 'AUTO')) +
      step(
        'BDD_Validate',
        'Validate',
        variable('ImageMemory', '768') + variable('ImageProcessorSpeed', '0') + variable('VerifyOS', 'Client'),
      ) +
      step(
        'BDD_RunPowerShellAction',
        'Script',
        variable('ScriptName', String.raw`%SCRIPTROOT%\Own.ps1`) + variable('Parameters', '-Site "A 1"'),
      ),
  );

  const whole = await read(text, { references: { 'own.ps1': 'package-own' } });
  const without = await read(text);

  expect(steps(whole.definition.steps)).toMatchObject([
    { type: 'auto-apply-drivers', enabled: true, options: { match: 'all' } },
    { type: 'check-readiness', enabled: true, options: { minimumMemoryMb: 768 } },
    {
      type: 'run-script',
      enabled: true,
      options: { source: { kind: 'package', packageId: 'package-own', file: 'Own.ps1' }, parameters: ['-Site', 'A 1'] },
    },
  ]);
  expect(named(whole.decisions, 'Drivers')?.notes).toEqual([expect.stringContaining('the selection profile Laptops is not taken over')]);
  expect(named(without.decisions, 'Script')).toMatchObject({
    decision: 'disabled',
    notes: [expect.stringContaining('the package Own.ps1')],
  });
});

it.each([
  ['SMS_TaskSequence_SetDynamicVariablesAction', 'write them into a Set Dynamic Variables step'],
  ['BDD_Gather', 'nothing needs to be gathered here'],
  ['SomeVendor_Action', 'has no counterpart here'],
])('of %s, which cannot be taken over, the report says what to do, and the text is kept', async (type, advice) => {
  const { definition, decisions } = await read(
    sequence(step(type, 'Own', variable('Rules', '<rules kept="yes"/>'.replaceAll('<', '&lt;')))),
  );

  expect(definition.steps).toMatchObject([{ type: 'imported-step', enabled: false, options: { originalType: type } }]);
  expect(JSON.stringify(definition.steps)).toContain('kept=');
  expect(named(decisions, 'Own')?.notes.join()).toContain(advice);
});

describe('an exported zip', () => {
  const objects = {
    '[Content_Types].xml': '<Types/>',
    'SMS_TaskSequencePackage/ABC00020/object.xml': exportedObject('Office PC', sequence(runs('echo &amp; go'))),
    'SMS_TaskSequencePackage/ABC00021/object.xml': exportedObject('Kiosk', sequence(runs('kiosk'))),
  };

  it('gives the sequence that is asked for, and says which there are', async () => {
    const { definition } = await read(zip(objects), { fileName: 'export.zip', sequence: 'office pc' });

    expect(definition).toMatchObject({ name: 'Office PC', steps: [{ options: { commandLine: 'echo & go' } }] });
    await expect(read(zip(objects), { fileName: 'export.zip' })).rejects.toThrow(
      'export.zip holds several task sequences: Office PC, Kiosk',
    );
  });

  it('that unpacks to more than memory should hold is refused, whatever size it claims', async () => {
    const bomb = zip({ 'a.xml': Buffer.alloc(80 * 1024 * 1024, 'sequence ') }, 100);

    await expect(read(bomb)).rejects.toThrow('too large when it is unpacked');
  });

  it('that is damaged or cut off is refused with that reason', async () => {
    const whole = zip(objects);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 60, 90);

    await expect(read(whole.subarray(0, -40))).rejects.toThrow(/cannot be imported: the zip .*cut off/);
    await expect(read(damaged)).rejects.toThrow(/cannot be imported: .*damaged/);
    await expect(read(zip({ 'readme.xml': '<x/>' }))).rejects.toThrow('there is no task sequence in it');
  });
});

describe('a file that is no task sequence', () => {
  it.each([
    ['broken XML', '<sequence version="3.00"><group name="x"></sequence>', /<\/sequence> closes what is not open in line 1/],
    ['a file that was cut off', bareMetal.slice(0, 900), /cut off|no valid tag/],
    ['a tag without an end', '<sequence version="3.00">\n<group name="x"', /no valid tag in line 2/],
    ['another version', sequence('', 'version="2.00"'), /version 2.00; versions 3.x are read/],
    ['no version', sequence('', ''), /has no version/],
    [
      'an entity bomb',
      `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${sequence('')}`,
      /document type declaration, which is refused/,
    ],
    ['other XML', '<html/>', /there is no task sequence in it/],
    ['nothing', '', /it is empty/],
  ])('%s is refused with that reason', async (_name, content, reason) => {
    await expect(read(content)).rejects.toThrow(reason);
  });

  it('that nests without end is refused', async () => {
    const deep = sequence('<group name="g">'.repeat(5000) + '</group>'.repeat(5000));

    await expect(read(deep)).rejects.toThrow(/not valid XML: .*nested/i);
  });

  it('of no text encoding is refused; UTF-16 is read', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(sequence(runs('ä')), 'utf16le')]);

    expect((await read(utf16)).definition.steps).toMatchObject([{ options: { commandLine: 'ä' } }]);
    await expect(read(Buffer.from([0xff, 0x00, 0x80]))).rejects.toThrow('it is not UTF-8 text');
  });
});

it('2,000 steps arrive as 2,000 steps, each with its condition and its line in the report', async () => {
  const condition = `<condition><operator type="and">${variableIs('A', 'equals', '1')}${variableIs('B', 'like', '*x')}</operator></condition>`;
  const one = (number: number): string => runs(`cmd /c echo ${number}`, { condition });
  const groups = Array.from({ length: 20 }, (_, group) => {
    const inside = Array.from({ length: 100 }, (_none, index) => one(group * 100 + index));
    return `<group name="G${group}">${inside.join('')}</group>`;
  });

  const { definition, decisions } = await read(sequence(groups.join('')));
  const imported = steps(definition.steps);

  expect(decisions).toHaveLength(2020);
  expect(imported.map(({ options }) => ('commandLine' in options ? options.commandLine : ''))).toEqual(
    Array.from({ length: 2000 }, (_, number) => `cmd /c echo ${number}`),
  );
  expect(imported.every(({ condition: kept }) => kept !== undefined && 'all' in kept && kept.all.length === 2)).toBe(true);
});
