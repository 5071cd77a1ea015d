import { isOstlerError } from '@ostler/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WmiValue } from '../facts.ts';
import { parseWql } from './parse-wql.ts';
import { whereHolds } from './where-holds.ts';
import { wmiClassOf } from './wmi-class-of.ts';

const laptop: Readonly<Record<string, WmiValue>> = {
  Model: 'Latitude 7440',
  Manufacturer: 'Dell Inc.',
  TotalPhysicalMemory: 17_179_869_184,
  ChassisTypes: [10, 31],
  HypervisorPresent: false,
  SystemFamily: null,
};

function finds(where: string): boolean | undefined {
  const query = parseWql(`SELECT * FROM Win32_ComputerSystem WHERE ${where}`);
  return whereHolds(query.where, (name) => laptop[name]);
}

describe('a query', () => {
  const holding = [
    "Model = 'latitude 7440'",
    'Model = "Latitude 7440"',
    "Model LIKE '%Latitude%'",
    "Model LIKE 'Latitude 7_4[0-5]'",
    "Model LIKE 'Latitude 7_4[^1-9]'",
    "Model LIKE '[k-m]%'",
    "NOT Model LIKE 'OptiPlex%'",
    "Model NOT LIKE 'OptiPlex%'",
    "Manufacturer != 'HP' AND Manufacturer <> 'Lenovo'",
    'TotalPhysicalMemory >= 8589934592',
    "TotalPhysicalMemory > '8589934592'",
    '8589934592 < TotalPhysicalMemory',
    'ChassisTypes = 9 OR ChassisTypes = 10',
    "ChassisTypes = '10'",
    'ChassisTypes <> 3',
    'HypervisorPresent = FALSE',
    "HypervisorPresent = 'False'",
    'SystemFamily IS NULL AND Model IS NOT NULL',
    'SystemFamily = NULL',
    "NOT SystemFamily = 'x'",
    "(Model LIKE 'Opti%' OR Model LIKE 'Lati%') AND NOT (TotalPhysicalMemory < 0x100)",
    'TotalPhysicalMemory > -1',
  ];
  it.each(holding)('finds the computer by %s', (where) => {
    expect(finds(where)).toBe(true);
  });

  const missing = [
    "Model = 'Latitude'",
    "Model LIKE 'Latitude'",
    "Model LIKE '[^l]%'",
    'ChassisTypes <> 10',
    "SystemFamily = ''",
    "SystemFamily LIKE '%'",
    'Model > 5',
    "Model LIKE 'L%' AND TotalPhysicalMemory < 5 OR HypervisorPresent = TRUE",
  ];
  it.each(missing)('does not find it by %s', (where) => {
    expect(finds(where)).toBe(false);
  });

  it('that depends on a property nobody knows is neither true nor false, unless another part decides', () => {
    expect([finds("Name = 'x'"), finds("Name = 'x' OR ChassisTypes = 10"), finds("Name = 'x' AND ChassisTypes = 3")]).toEqual([
      undefined,
      true,
      false,
    ]);
  });

  it('reads AND before OR, as everybody does', () => {
    expect(finds("Model = 'Latitude 7440' OR Model = 'x' AND Model = 'y'")).toBe(true);
  });
});

describe('a query with a mistake says where it is', () => {
  const mistakes: [string, number, RegExp][] = [
    ['', 1, /SELECT is expected here, not the end/],
    ['SELECT FROM Win32_BIOS', 8, /name of a property is expected here, not FROM/],
    ['SELECT * FROM', 14, /name of a class/],
    ["SELECT * FROM Win32_BIOS WHERE Version = 'x", 42, /the text that begins with ' has no end/],
    ['SELECT * FROM Win32_BIOS WHERE Version ~ 1', 40, /~ has no meaning/],
    ['SELECT * FROM Win32_BIOS WHERE Version = 12abc', 42, /not a number/],
    ['SELECT * FROM Win32_BIOS WHERE Version LIKE 5', 45, /a pattern in quotes/],
    ['SELECT * FROM Win32_BIOS WHERE (Version = 1', 44, /AND, OR or \)/],
    ["SELECT * FROM Win32_BIOS WHERE Version ISA 'x'", 40, /ISA is not supported/],
    ['SELECT * FROM Win32_BIOS Version = 1', 26, /WHERE or the end is expected here, not Version/],
    ['SELECT * FROM Win32_BIOS WHERE Version < NULL', 46, /NULL cannot be compared/],
    [`SELECT * FROM Win32_BIOS WHERE ${'('.repeat(5000)}`, 132, /more than 100 parentheses/],
  ];
  it.each(mistakes)('%s', (query, position, message) => {
    expect(() => parseWql(query)).toThrow(message);
    expect(() => parseWql(query)).toThrow(`at character ${position},`);
  });

  it('also an unknown class or property, with those that are known', () => {
    const check = (text: string, namespace?: string) => () => wmiClassOf(text, parseWql(text), namespace);

    expect(check('SELECT * FROM Win32_Fan')).toThrow(
      /character 15.*no class Win32_Fan here; known are Win32_BaseBoard,.*Win32_SystemEnclosure/s,
    );
    expect(check("SELECT Name FROM Win32_Bios WHERE Nmae = ''")).toThrow(
      /character 8.*Win32_BIOS has no property Name here; known are Manufacturer/s,
    );
    expect(check("SELECT * FROM win32_bios WHERE NOT (Nmae = '')")).toThrow(/character 37/);
    expect(check('SELECT * FROM Win32_Tpm', String.raw`ROOT\CIMV2\Security\MicrosoftTpm`)()).toBe('Win32_Tpm');
    expect(check('SELECT * FROM x', String.raw`root\wmi`)).toThrow(/no WMI namespace root\\wmi/);
  });
});

describe('for any text', () => {
  const words = fc.constantFrom(
    'SELECT',
    '*',
    'FROM',
    'WHERE',
    'AND',
    'OR',
    'NOT',
    'LIKE',
    'IS',
    'NULL',
    '(',
    ')',
    '=',
    '<>',
    ',',
    "'a%'",
    '"b"',
    '5',
    '-1.5',
    'Model',
    'x',
    "'",
  );
  const nearlyQueries = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' '));

  it('the parser answers with a query or with an error of the catalogue that points into the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), nearlyQueries), (text) => {
        try {
          parseWql(text);
        } catch (thrown) {
          expect(isOstlerError(thrown) && thrown.code).toBe('WQL_INVALID');
          const position = Number(isOstlerError(thrown) && thrown.details['position']);
          expect(position >= 1 && position <= text.length + 1).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('what is between quotes is the value, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = `SELECT * FROM c WHERE p = '${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
        expect(parseWql(text).where).toMatchObject({ kind: 'compare', value });
      }),
    );
  });

  it('the longest query that may be saved is read in no time', () => {
    const longest = 16_384;
    const queries = [
      "'".repeat(longest),
      '\\'.repeat(longest),
      'NOT '.repeat(longest / 4),
      `SELECT * FROM c WHERE p='${'a\\'.repeat(longest / 2)}`,
    ];
    const began = performance.now();

    for (const query of queries) expect(() => parseWql(query)).toThrow(/at character/);
    for (const query of [`SELECT * FROM c WHERE p LIKE '${'%a'.repeat(8000)}b'`]) {
      expect(whereHolds(parseWql(query).where, () => 'a'.repeat(10_000))).toBe(false);
    }

    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
