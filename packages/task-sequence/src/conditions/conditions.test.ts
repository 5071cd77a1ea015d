import { Condition, conditionGuides, TaskSequenceDefinition, type DeviceFacts } from '@ostler/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conditionHolds,
  conditionProblems,
  describeCondition,
  evaluateKnown,
  parseTaskSequence,
  validateTaskSequence,
  Variables,
} from '../index.ts';
import { compareVersions } from './compare.ts';
import type { ConditionFacts } from './facts.ts';
import { noFacts } from './no-facts.ts';
import { matchesPattern, wildcards } from './pattern.ts';

const variables = new Variables([
  { name: 'Dir', value: '/data', secret: false },
  { name: 'Wanted', value: '9.2', secret: false },
  { name: 'Password', value: null, secret: true },
]);

/** A Debian 12 with German, and a Windows' registry beside it, so that every kind has something to be asked of. */
const facts: ConditionFacts = {
  fileProperties: async (path) =>
    path === '/data/setup.exe' ? { modifiedMs: Date.parse('2026-03-01T12:00:00.600Z'), version: '10.0.2.1' } : null,
  folderProperties: async (path) => (path === '/data' ? { modifiedMs: Date.parse('2026-03-01T12:00:00Z') } : null),
  operatingSystem: async () => ({
    family: 'linux',
    ids: ['raspbian', 'debian'],
    name: 'Debian GNU/Linux 12',
    version: '12',
    architecture: 'amd64',
    language: 'de-DE',
  }),
  registryKey: async (key) =>
    key === String.raw`HKLM\SOFTWARE\X` ? { values: new Map([['ring', { type: 'DWORD' as const, data: '2' }]]) } : null,
  installedVersions: async ({ software }) => (software === 'openssh-server' ? ['1:9.2p1-2+deb12u3'] : []),
  wmiInstances: async (name) => (name === 'Win32_Battery' ? [] : [{ ChassisTypes: [10] }]),
};
const holds = (condition: Condition): Promise<boolean> => conditionHolds(Condition.parse(condition), { variables, facts });
const key = { registry: String.raw`HKLM\SOFTWARE\X` };
const noon = '2026-03-01T12:00:00Z';

describe('a condition holds', () => {
  const cases: [string, Condition][] = [
    ['for a file that is there, with variables in its path', { file: '%Dir%/setup.exe' }],
    ['for a file of that version', { file: '%Dir%/setup.exe', version: { operator: 'greater', value: '%Wanted%' } }],
    ['for a file of that second', { file: '%Dir%/setup.exe', modified: { operator: 'equals', value: noon } }],
    ['for a folder that is old enough', { folder: '/data', modified: { operator: 'less', value: '2026-03-01T12:00:01Z' } }],
    ['for a distribution that this one derives from', { operatingSystem: [{ family: 'windows' }, { id: 'Debian' }] }],
    ['for a system that is new enough', { operatingSystem: [{ id: 'debian', version: { operator: 'greaterEqual', value: '12.0' } }] }],
    ['for a language in any region', { operatingSystemLanguage: 'de' }],
    ['for a language however it is written', { operatingSystemLanguage: 'de_DE.UTF-8' }],
    ['for a registry key', { ...key, operator: 'exists' }],
    ['for a registry value of a type', { ...key, valueName: 'Ring', operator: 'exists', type: 'DWORD' }],
    ['for a registry value of another type', { ...key, valueName: 'Ring', operator: 'notExists', type: 'SZ' }],
    ['for registry data, whatever its type', { ...key, valueName: 'RING', operator: 'greater', type: 'SZ', data: '1' }],
    ['for a registry key that is missing', { registry: String.raw`HKLM\SOFTWARE\Y`, operator: 'notExists' }],
    ['for software, without its epoch', { software: 'openssh-server', version: { operator: 'greaterEqual', value: '%Wanted%' } }],
    ['for a query that finds something', { wmi: 'SELECT * FROM Win32_SystemEnclosure WHERE ChassisTypes = 10' }],
    ['for none of a query that finds nothing', { none: [{ wmi: 'SELECT * FROM Win32_Battery' }] }],
  ];
  it.each(cases)('%s', async (_sentence, condition) => {
    expect(await holds(condition)).toBe(true);
  });
});

describe('a condition does not hold', () => {
  const cases: [string, Condition][] = [
    ['for a file that is missing', { file: '/nowhere' }],
    ['for a file of another version', { file: '%Dir%/setup.exe', version: { operator: 'less', value: '10' } }],
    ['for another operating system', { operatingSystem: [{ id: 'ubuntu' }, { id: 'debian', architecture: 'arm64' }] }],
    ['for a language of another region', { operatingSystemLanguage: 'de-AT' }],
    ['for a registry value that is missing', { ...key, valueName: 'x', operator: 'equals', data: '1' }],
    ['for software that is not installed', { software: 'nginx' }],
    ['for software that is too old', { software: 'openssh-server', version: { operator: 'greater', value: '1:9.3' } }],
  ];
  it.each(cases)('%s', async (_sentence, condition) => {
    expect(await holds(condition)).toBe(false);
  });

  it('on a computer without an operating system, whatever is asked of it', async () => {
    const world = { variables, facts: { ...facts, operatingSystem: async () => null } };

    expect(await conditionHolds({ operatingSystem: [{ family: 'linux' }] }, world)).toBe(false);
    expect(await conditionHolds({ operatingSystemLanguage: 'de' }, world)).toBe(false);
  });

  it('but is an error where the operating system does not say its version', async () => {
    const system = {
      family: 'linux' as const,
      ids: ['debian'],
      name: 'Debian sid',
      version: undefined,
      architecture: undefined,
      language: 'C',
    };
    const world = { variables, facts: { ...facts, operatingSystem: async () => system } };

    await expect(conditionHolds({ operatingSystem: [{ version: { operator: 'less', value: '13' } }] }, world)).rejects.toThrow(
      /version of the operating system.*Debian sid does not say it/,
    );
  });
});

it('parts are asked in order, and no further than needed', async () => {
  const unanswerable: Condition = { file: '/x' };
  const world = { variables, facts: noFacts };

  expect(await conditionHolds({ any: [{ variable: 'Dir', operator: 'exists' }, unanswerable] }, world)).toBe(true);
  expect(await conditionHolds({ all: [{ variable: 'Dir', operator: 'notExists' }, unanswerable] }, world)).toBe(false);
  await expect(conditionHolds({ none: [unanswerable] }, world)).rejects.toThrow(/cannot be answered \(\/x\)/);
});

describe('versions', () => {
  const ascending = [
    ['1.9', '1.10'],
    ['2.0~rc1', '2.0'],
    ['10.0.19045', '10.0.22631'],
    ['1.2', '1.2.1'],
    ['9.2p1', '9.2p2'],
  ] as const;
  it.each(ascending)('%s is before %s', (older, newer) => {
    expect([compareVersions(older, newer) < 0, compareVersions(newer, older) > 0]).toEqual([true, true]);
  });

  it('that differ in zeros at the end are the same', () => {
    expect(compareVersions('12', '12.0.0')).toBe(0);
  });
});

it('a pattern with wildcards fits what it was made of, and ends on any text', () => {
  const pieces = fc.array(
    fc.tuple(
      fc.string({ maxLength: 5 }).map((text) => text.replaceAll(/[*?]/g, '.')),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.map(([fixed, free]) => fixed + free).join('');
      return matchesPattern(text, wildcards(parts.map(([fixed]) => `${fixed}*`).join('')));
    }),
  );
  const began = performance.now();
  expect(matchesPattern('a'.repeat(4000), wildcards(`${'*a'.repeat(1999)}*b`))).toBe(false);
  expect(performance.now() - began).toBeLessThan(5000);
});

const device: DeviceFacts = {
  macAddresses: ['52:54:00:12:34:56'],
  smbiosUuid: null,
  serialNumber: 'S1',
  assetTag: 'A-7',
  manufacturer: 'Dell Inc.',
  model: 'Latitude 7440',
  firmware: 'uefi',
  secureBoot: 'enabled',
  memoryBytes: 16 * 1024 ** 3,
  cpuCount: 8,
  disks: [{ name: 'nvme0n1', sizeBytes: 512e9, model: 'PM9A1', transport: 'nvme' }],
};

describe('before the computer is asked', () => {
  const world = { variables, device, variableUnknown: (name: string) => (name === 'Ring' ? 'the step Choose sets it' : undefined) };
  const cases: [string, Condition, boolean | 'unknown', RegExp][] = [
    ['a variable is known', { variable: 'Dir', operator: 'equals', value: '/DATA' }, true, /^Dir is "\/data"$/],
    [
      'a variable that a step sets is not',
      { variable: 'Ring', operator: 'exists' },
      'unknown',
      /Ring is not known yet: the step Choose sets it/,
    ],
    ['a value that needs it is not', { variable: 'Dir', operator: 'equals', value: '%Ring%' }, 'unknown', /Ring is not known yet/],
    ['a secret is there', { variable: 'Password', operator: 'exists' }, true, /secret/],
    ['a secret is not compared', { variable: 'Password', operator: 'equals', value: 'x' }, 'unknown', /secret/],
    ['the model is known', { wmi: "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE 'Latitude%'" }, true, /finds something/],
    ['the memory is known', { wmi: 'SELECT * FROM Win32_ComputerSystem WHERE TotalPhysicalMemory < 8000000000' }, false, /finds nothing/],
    [
      'a property that was never sent is not',
      { wmi: "SELECT * FROM Win32_ComputerSystem WHERE SystemFamily = 'x'" },
      'unknown',
      /Win32_ComputerSystem is known only/,
    ],
    ['files are not', { file: '/x' }, 'unknown', /files are known only on the computer/],
    ['one part can decide all', { all: [{ file: '/x' }, { variable: 'Dir', operator: 'notExists' }] }, false, /^Dir is "\/data"$/],
    ['one part can decide any', { any: [{ file: '/x' }, { variable: 'Dir', operator: 'exists' }] }, true, /^Dir/],
    ['one part can decide none', { none: [{ file: '/x' }, { variable: 'Dir', operator: 'exists' }] }, false, /^Dir/],
    ['no part decides', { none: [{ file: '/x' }, { variable: 'Dir', operator: 'notExists' }] }, 'unknown', /files/],
    ['an empty any is false', { any: [] }, false, /empty/],
  ];
  it.each(cases)('%s', (_sentence, condition, verdict, reason) => {
    const known = evaluateKnown(condition, world);

    expect(known.verdict).toBe(verdict);
    expect(known.reason).toMatch(reason);
  });

  it('what is known agrees with what the computer answers', async () => {
    const variable = fc.constantFrom('Dir', 'Wanted', 'Missing', 'Ring');
    const leaf = fc.oneof(
      fc.record({ variable, operator: fc.constantFrom('exists' as const, 'notExists' as const) }),
      fc.record({ file: fc.constantFrom('/data/setup.exe', '/gone') }),
    );
    const { tree } = fc.letrec<{ tree: Condition }>((tie) => {
      const list = fc.array(tie('tree'), { maxLength: 3 });
      return { tree: fc.oneof({ maxDepth: 4 }, leaf, fc.record({ all: list }), fc.record({ any: list }), fc.record({ none: list })) };
    });
    await fc.assert(
      fc.asyncProperty(tree, async (condition) => {
        const { verdict } = evaluateKnown(condition, world);
        if (verdict !== 'unknown') expect(await conditionHolds(condition, { variables, facts })).toBe(verdict);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a definition with a wrong condition is not saved', () => {
  const step = { type: 'run-command-line', name: 'S', options: { commandLine: 'x' } };
  const lookups = { imageIndexes: () => undefined, hasPackage: () => false, hasApplication: () => false };
  const problemsOf = (steps: object[]) => validateTaskSequence(TaskSequenceDefinition.parse({ name: 'x', steps }), lookups);

  it('and the step, the character and what is known are named', () => {
    const condition = { any: [{ wmi: "SELECT * FROM Win32_BIOS WHERE Vendor = 'x'" }, { variable: 'a', operator: 'equals' }] };

    const problems = problemsOf([
      { type: 'group', name: 'G', condition: { registry: 'SOFTWARE\\X', operator: 'exists' }, steps: [{ ...step, condition }] },
    ]);

    expect(problems.map(({ where, problem }) => `${where}: ${problem}`)).toEqual([
      'G: the registry key SOFTWARE\\X does not begin with a root such as HKLM',
      expect.stringMatching(
        /^G › S: The query is wrong at character 32, .*Win32_BIOS has no property Vendor here; known are Manufacturer,/,
      ),
      'G › S: the condition on a has no value to compare with',
    ]);
  });

  it('unless the step is disabled: it is never asked', () => {
    expect(problemsOf([{ ...step, enabled: false, condition: { wmi: 'nonsense' } }])).toEqual([]);
  });

  it('and a mistake in YAML is told of the kind that was meant', () => {
    const yaml = (condition: string) =>
      `name: x\nsteps:\n  - type: run-command-line\n    name: a\n    options: { commandLine: x }\n    condition: ${condition}\n`;

    expect(() => parseTaskSequence(yaml('{ file: /x, vesion: 1 }'))).toThrow(/line 6: .*condition: Unrecognized key: "vesion"/);
    expect(() => parseTaskSequence(yaml('{ any: [{ folder: "" }] }'))).toThrow(/folder: Too small/);
    expect(() => parseTaskSequence(yaml('{ files: /x }'))).toThrow(/is not a condition: it needs one of all, any, none, variable, file/);
    expect(() => parseTaskSequence(yaml('{ operatingSystem: [{}] }'))).toThrow(/says nothing/);
  });
});

it('every kind is described in plain words, and the example of each is valid', () => {
  const examples = Object.values(conditionGuides).map(({ example }) => example);

  expect(examples.flatMap((each) => conditionProblems(Condition.parse(each)))).toEqual([]);
  expect(examples.map((each) => describeCondition(each))).toEqual([
    '_SMSTSModel like "OptiPlex 70*"',
    'the file %OSDTargetSystemRoot%/etc/crypttab exists and its time greater 2026-01-01T00:00:00Z',
    'the folder /srv/data exists',
    'the operating system is debian version greaterEqual 12 or windows',
    'the language of the operating system is de-DE',
    'the registry value Ring of HKLM\\SOFTWARE\\Contoso\\Client equals "2"',
    'openssh-server is installed and its version greaterEqual 9.2',
    'the query SELECT * FROM Win32_SystemEnclosure WHERE ChassisTypes = 9 OR ChassisTypes = 10 finds anything',
  ]);
});
