import { OstlerError, unknownHardware, unknownSystem, type QueriedDevice } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { createQueryLanguage } from './query-language.ts';

const language = createQueryLanguage();
const now = new Date('2026-11-27T12:00:00Z');
const laptop: QueriedDevice = {
  id: 'device-1',
  name: 'PC-0042',
  state: 'approved',
  tags: ['office'],
  users: [String.raw`CORP\anna`],
  macAddresses: ['52:54:00:12:34:56'],
  smbiosUuid: '',
  createdAt: '2026-11-01T00:00:00.000Z',
  lastSeenAt: null,
  reportedAt: null,
  hardware: {
    ...unknownHardware,
    manufacturer: 'Dell Inc.',
    model: 'Latitude 7450',
    processor: { ...unknownHardware.processor, threadCount: 8 },
    memoryBytes: 17_179_869_184,
    disks: [
      {
        name: 'nvme0n1',
        model: 'x',
        serialNumber: '',
        sizeBytes: 512_000_000_000,
        transport: 'nvme',
        rotational: false,
        removable: false,
      },
    ],
  },
  operatingSystem: unknownSystem,
  lastRun: { state: '', deploymentId: '', taskSequenceId: '', taskSequenceName: '', startedAt: null, endedAt: null },
  variables: { Site: 'Bern' },
};
const ask = (query: string, device = laptop) => language.compile(query)(language.subject(device, now));
const mistakeOf = (query: string) => {
  try {
    language.compile(query);
  } catch (error) {
    if (error instanceof OstlerError) return error.details;
    throw error;
  }
  return null;
};

describe('a query', () => {
  it.each([
    ['hardware.model.startsWith("Latitude") && hardware.memoryBytes >= 16 * 1024 * 1024 * 1024', true],
    ['hardware.disks.exists(disk, disk.transport == "nvme" && disk.sizeBytes > 1000000000000)', false],
    ['"52:54:00:12:34:56" in macAddresses', true],
    ['"office" in tags && lastRun.state == ""', true],
    [String.raw`r"CORP\anna" in users && users.exists(user, user.startsWith("CORP"))`, true],
    ['!hardware.firmware.secureBoot.startsWith("en") && hardware.pciIds.size() == 0', true],
    ['name.matches("^PC-00[0-9]{2}$")', true],
    ['variables.site == "Bern" && variables.Room == ""', true],
    ['variables["SITE"] == "Bern"', true],
    ['lastSeenAt < now - duration("720h")', true],
    ['hardware.processor.threadCount > 3.5', true],
  ])('%s is answered', (query, holds) => {
    expect(ask(query)).toEqual({ holds });
  });

  it.each([
    ['hardware.modl == "x"', 1, 10, 'there is no modl here'],
    ['model == "x"', 1, 1, 'a device has no model; there is hardware.model, hardware.disks[].model'],
    ['name == "a" &&\n  nam == "b"', 2, 3, 'a device has no nam'],
    ['name ==', 1, 8, 'it ends too early'],
    ['name', 1, 1, 'it answers string, not true or false'],
    ['hardware.memoryBytes > "4"', 1, 1, 'no such overload: int > string'],
    ['name.matches("(")', 1, 14, 'missing closing )'],
    ['name.matches(name)', 1, 14, 'a pattern is a text in quotes'],
    ['"Room" in variables', 1, 11, 'a variable is asked for by its name'],
    ['has(variables.Room)', 1, 1, 'nothing is absent'],
    ['hardware.constructor == hardware', 1, 10, 'there is no constructor here'],
    ['name.constructor == 1', 1, 6, 'cannot index'],
    ['__proto__ == 1', 1, 1, '__proto__'],
  ])('with a mistake is refused at its character: %s', (query, line, column, problem) => {
    const mistake = mistakeOf(query);

    expect(mistake).toMatchObject({ line, column, excerpt: query.split('\n')[line - 1] });
    expect(mistake?.['problem']).toContain(problem);
  });

  it('has no answer where it asks for what is not there, and says why', () => {
    expect(ask('macAddresses[3] == "x"')).toEqual({ problem: expect.stringMatching(/index|key/i) as string });
  });

  it('cannot be made to run for long: not by a pattern, not by loops inside loops, not by its length', () => {
    const startedMs = performance.now();

    expect(ask('name.matches("(a+)+(a+)+(a+)+$")', { ...laptop, name: `${'a'.repeat(100)}b` })).toEqual({ holds: false });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(mistakeOf('macAddresses.all(a, macAddresses.all(b, macAddresses.all(c, a == c)))')?.['problem']).toContain('inside each other');
    expect(mistakeOf(Array.from({ length: 2000 }, () => 'name == "a"').join('||'))).not.toBeNull();
    expect(mistakeOf(`${'('.repeat(1000)}true${')'.repeat(1000)}`)).not.toBeNull();
  });
});
