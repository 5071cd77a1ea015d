import { TaskSequenceDefinition } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { command } from '../test/machine.ts';
import { taskSequenceWarnings, validateTaskSequence, type Lookups } from './index.ts';

const lookups: Lookups = { imageIndexes: () => [1], hasPackage: () => true, hasApplication: () => true };
const sequence = (steps: object[], extra: object = {}) => TaskSequenceDefinition.parse({ name: 'Mine', steps, ...extra });
const problemsOf = (steps: object[], extra: object = {}, more: Partial<Lookups> = {}) =>
  validateTaskSequence(sequence(steps, extra), { ...lookups, ...more }).map(({ where, problem }) => `${where}: ${problem}`);
const warningsOf = (steps: object[], extra: object = {}, more: Partial<Lookups> = {}) =>
  taskSequenceWarnings(sequence(steps, extra), { ...lookups, ...more }).map(({ where, problem }) => `${where}: ${problem}`);
const runChild = (id: string) => ({ type: 'run-task-sequence', name: `Run ${id}`, options: { taskSequenceId: id } });
const disk = (variable: string) => ({
  type: 'format-and-partition-disk',
  name: 'Disk',
  options: { style: 'gpt', partitions: [{ size: 100, sizeUnits: 'percent', variable }] },
});
const apply = (variable: string) => ({
  type: 'apply-operating-system-image',
  name: 'Apply',
  options: { imageId: 'image-1', destination: { kind: 'variable', variable } },
});

describe('a sequence cannot be saved', () => {
  it('with a destination in a variable that no earlier step makes', () => {
    const named = 'Apply: no step before makes a partition for the variable Root';

    expect(problemsOf([apply('Root'), disk('Root')])).toEqual([named]);
    expect(problemsOf([disk('root'), apply('Root')])).toEqual([]);
    expect(problemsOf([apply('Root')], { variables: { ROOT: '/dev/sda2' } })).toEqual([]);
    expect(problemsOf([apply('Root')], {}, { variableNames: ['root'] })).toEqual([]);
  });

  it('that sets a read-only variable, in whichever way', () => {
    const step = command('a', { options: { commandLine: 'x', outputVariable: '_Out' } });

    expect(problemsOf([step], { variables: { _Mine: '1' } })).toEqual([
      'Mine: the variable _Mine is read-only: names that begin with _ belong to the engine',
      'a: the variable _Out is read-only: names that begin with _ belong to the engine',
    ]);
  });

  it('with a child that is missing, that runs the sequence itself, or that begins where the computer is not', () => {
    const children = new Map([
      ['installed', sequence([command('inner')], { name: 'Late', startsIn: 'installed-os' })],
      ['parent', sequence([runChild('mine')], { name: 'Parent' })],
      ['mine', sequence([], { name: 'Mine, older' })],
    ]);
    const findSequence = (id: string) => children.get(id);

    expect(problemsOf([runChild('gone'), runChild('parent'), runChild('installed')], {}, { findSequence, ownId: 'mine' })).toEqual([
      'Run gone: there is no task sequence gone',
      'Run parent › Run mine: the task sequence Mine, older would run itself without end',
      'Run installed: the task sequence Late begins in the installed operating system: at this point the computer is in the boot environment',
    ]);
  });

  it('with a step in an environment that the restarts of a child have left', () => {
    const child = sequence([{ type: 'restart-computer', name: 'R', options: { target: 'installed-os' } }]);
    const findSequence = () => child;

    expect(problemsOf([runChild('child'), disk('x')], {}, { findSequence })).toEqual([
      'Disk: Format and Partition Disk cannot run here: at this point the computer is in the installed operating system',
    ]);
  });

  it('and one that begins in the installed system may begin with its steps', () => {
    const install = { type: 'install-package', name: 'Install', options: { packageId: 'package-1' } };

    expect(problemsOf([install], { startsIn: 'installed-os' })).toEqual([]);
    expect(problemsOf([install])).toHaveLength(1);
  });
});

describe('a sequence is warned of', () => {
  it('variables that nothing sets, once a step, and not of those of steps, site, sequence and engine', () => {
    const condition = {
      all: [
        { variable: 'Missing', operator: 'exists' },
        { variable: '_SMSTSModel', operator: 'exists' },
      ],
    };
    const steps = [
      { type: 'set-task-sequence-variable', name: 'Set', options: { variable: 'Made', value: '1' } },
      command('echo %made% %Site% %Mine% %missing% %OSDAdapter0EnableDHCP%', { condition }),
    ];

    const warnings = warningsOf(steps, { variables: { Mine: 'x' } }, { variableNames: ['SITE'] });

    expect(warnings).toEqual([expect.stringMatching(/nothing sets the variable Missing, unless a script does$/)]);
  });

  it('none that dynamic variables, downloads, captures, readiness and scripts set', () => {
    const inline = (script: string, more: object = {}) => ({ source: { kind: 'inline', script }, interpreter: 'sh', ...more });
    const steps = [
      { type: 'check-readiness', name: 'Ready', options: { minimumMemoryMb: 1024 } },
      { type: 'set-dynamic-variables', name: 'Rules', options: { rules: [{ variables: [{ name: 'Floor', value: '2' }] }] } },
      { type: 'download-package-content', name: 'Get', options: { packageIds: ['package-1', 'package-2'], pathVariable: 'Files' } },
      { type: 'run-script', name: 'Script', options: inline('date +%Never%\ntsenv set --secret "Token" -', { outputVariable: 'Printed' }) },
      command('tsenv set Colour=blue'),
    ];
    const uses = (...names: string[]) => command('Use', { options: { commandLine: names.map((name) => `%${name}%`).join(' ') } });
    const used = ['Floor', 'Files01', 'Files02', 'Token', 'Printed', 'Colour', '_TS_CRMEMORY', '_TSAppInstallStatus', 'OSDStateStorePath'];

    expect(warningsOf([...steps, uses(...used)])).toEqual([]);
    expect(warningsOf([...steps, uses('Files03', 'Walls')])).toEqual([
      expect.stringContaining('nothing sets the variable Files03'),
      expect.stringContaining('nothing sets the variable Walls'),
    ]);
    expect(problemsOf([{ ...steps[1]!, options: { rules: [{ variables: [{ name: '_Floor', value: '2' }] }] } }])).toEqual([
      'Rules: the variable _Floor is read-only: names that begin with _ belong to the engine',
    ]);
  });

  it('a restart into an installed system that has no agent', () => {
    const restart = { type: 'restart-computer', name: 'R', options: { target: 'installed-os' } };

    expect(warningsOf([restart])).toEqual(['R: no Setup Operating System before it puts the agent into the installed system']);
    expect(warningsOf([{ type: 'setup-operating-system', name: 'S', options: {} }, restart])).toEqual([]);
  });

  it('a state store that is requested and not released, and of a release without a request', () => {
    const request = (purpose: string) => ({ type: 'request-state-store', name: `Request ${purpose}`, options: { purpose } });
    const release = { type: 'release-state-store', name: 'Release', options: {} };
    const captureOnly = 'Request capture: no Release State Store follows before the next request: what is captured is not kept';
    const restoreOnly = 'Request restore: no Release State Store follows before the next request: what is restored stays at the site';

    expect(warningsOf([request('capture'), release, request('restore'), release])).toEqual([]);
    expect(warningsOf([request('capture'), request('restore')])).toEqual([captureOnly, restoreOnly]);
    expect(warningsOf([request('capture'), { ...release, enabled: false }])).toEqual([captureOnly]);
    expect(warningsOf([release])).toEqual(['Release: no Request State Store comes before it']);
  });
});
