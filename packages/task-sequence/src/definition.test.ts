import { GenerateTaskSequence, TaskSequenceDefinition, type Condition } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { noFacts } from './conditions/no-facts.ts';
import {
  conditionHolds,
  formatTaskSequence,
  generateTaskSequence,
  parseTaskSequence,
  validateTaskSequence,
  Variables,
  type Lookups,
} from './index.ts';

const lookups: Lookups = {
  imageIndexes: (id) => (id === 'img-1' ? [1, 2] : undefined),
  hasPackage: (id) => id === 'pkg-1',
  hasApplication: () => false,
};
const wizard = (extra: object) =>
  GenerateTaskSequence.parse({ template: 'install-existing-image', name: 'Install', imageId: 'img-1', ...extra });

describe('templates', () => {
  it.each(['install-existing-image', 'build-and-capture'] as const)('%s is valid and survives YAML without a change', (template) => {
    const definition = generateTaskSequence(wizard({ template, packageIds: ['pkg-1'] }));

    expect(validateTaskSequence(definition, lookups)).toEqual([]);
    expect(parseTaskSequence(formatTaskSequence(definition))).toEqual(definition);
  });

  it('build-and-capture names the image that comes out', () => {
    const text = formatTaskSequence(generateTaskSequence(wizard({ template: 'build-and-capture', capturedImageName: 'Gold' })));

    expect(text).toContain('imageName: Gold');
    expect(text).not.toContain('successCodes');
  });
});

describe('validation', () => {
  it('names each missing reference and each step in an impossible place, with where it is', () => {
    const definition = TaskSequenceDefinition.parse({
      name: 'x',
      steps: [
        {
          type: 'group',
          name: 'G',
          steps: [
            { type: 'apply-operating-system-image', name: 'A', options: { imageId: 'img-9' } },
            { type: 'apply-operating-system-image', name: 'B', options: { imageId: 'img-1', index: 3 } },
            { type: 'install-package', name: 'C', options: { packageId: 'pkg-9' } },
          ],
        },
        { type: 'set-task-sequence-variable', name: 'D', options: { variable: '_SMSTSInWinPE', value: 'x' } },
      ],
    });

    const problems = validateTaskSequence(definition, lookups);

    expect(problems.map(({ where, problem }) => `${where}: ${problem}`)).toEqual([
      'G › A: there is no operating system image img-9',
      'G › B: the image img-1 has no index 3; it has 1, 2',
      'G › C: there is no package pkg-9',
      'G › C: Install Package cannot run here: at this point the computer is in the boot environment',
      'D: the variable _SMSTSInWinPE is read-only: names that begin with _ belong to the engine',
    ]);
  });

  it('refuses an enabled step that needs the Windows adapter, with that reason, and keeps a disabled one', () => {
    const step = { type: 'prepare-windows-for-capture', name: 'Sysprep', options: {} };
    const restart = { type: 'restart-computer', name: 'R', options: { target: 'installed-os' } };
    const problems = (enabled: boolean) =>
      validateTaskSequence(TaskSequenceDefinition.parse({ name: 'x', steps: [restart, { ...step, enabled }] }), lookups);

    expect(problems(true).map(({ problem }) => problem)).toEqual([
      'Prepare Windows for Capture needs the Windows adapter, which is not there yet: disable the step',
    ]);
    expect(problems(false)).toEqual([]);
  });

  it('leaves both environments open after a conditional restart', () => {
    const restart = { type: 'restart-computer', name: 'R', options: { target: 'installed-os' } };
    const step = { type: 'install-package', name: 'C', options: { packageId: 'pkg-1' } };
    const definition = TaskSequenceDefinition.parse({
      name: 'x',
      steps: [{ ...restart, condition: { variable: 'a', operator: 'exists' } }, step],
    });

    expect(validateTaskSequence(definition, lookups)).toEqual([]);
  });
});

describe('YAML', () => {
  it('with a mistake names line, place and problem', () => {
    const text = ['name: x', 'steps:', '  - type: run-command-line', '    name: a', '    options:', '      comandLine: dir'].join('\n');

    expect(() => parseTaskSequence(text)).toThrow(/line 6: steps\[0\]\.options/);
  });

  it('that is no YAML says so with the line', () => {
    expect(() => parseTaskSequence('name: [x')).toThrow(/not valid YAML.*line 1/);
  });

  it('cannot blow up through aliases', () => {
    const bomb = ['a: &a [x,x,x,x]', 'b: &b [*a,*a,*a,*a]', 'name: x', 'steps: *b'].join('\n');

    expect(() => parseTaskSequence(bomb)).toThrow();
  });
});

describe('variables', () => {
  it('expand in each other, without regard to case, and leave unknown names as they are', () => {
    const variables = new Variables([
      { name: 'Site', value: 'lab', secret: false },
      { name: 'Name', value: 'pc-%SITE%', secret: false },
    ]);

    expect(variables.expand('%name%/%unknown%/100%')).toBe('pc-lab/%unknown%/100%');
  });

  it('that refer to themselves end', () => {
    const variables = new Variables([{ name: 'A', value: '%A%%A%', secret: false }]);

    expect(variables.expand('%A%').length).toBeLessThan(10_000);
  });

  it('that name each other ever more often stop growing, and what is named beside them is still filled in', () => {
    const often = (name: string): string => `%${name}%`.repeat(1300);
    const values = { A: often('B'), B: often('C'), C: often('D'), D: 'x'.repeat(1000), Site: 'lab' };
    const variables = new Variables(Object.entries(values).map(([name, value]) => ({ name, value, secret: false })));

    const expanded = variables.expand('%Site%/%A%');

    expect(expanded.startsWith('lab/')).toBe(true);
    expect(expanded.length).toBeLessThan(200_000);
  });

  it('set to nothing are deleted', () => {
    const variables = new Variables([{ name: 'A', value: '1', secret: false }]);

    variables.set('a', '');

    expect([variables.has('A'), variables.expand('<%A%>')]).toEqual([false, '<>']);
  });

  it('longer than 4000 characters are refused', () => {
    expect(() => new Variables([]).set('A', 'x'.repeat(4001))).toThrow(/4001 characters/);
  });

  it('that are made of a secret are secret too', () => {
    const variables = new Variables([]);
    variables.set('Password', 'marker-1', { secret: true });

    variables.set('Line', variables.expand('login with %Password%'));
    variables.set('Other', 'nothing to hide');

    expect([variables.isSecret('line'), variables.isSecret('Other')]).toEqual([true, false]);
  });
});

describe('conditions', () => {
  const values = new Variables([
    { name: 'n', value: '10', secret: false },
    { name: 'model', value: 'OptiPlex 7090', secret: false },
  ]);
  const cases: [string, Condition, boolean][] = [
    ['numbers compare as numbers', { variable: 'N', operator: 'greater', value: '9' }, true],
    ['like knows * and ? and no case', { variable: 'model', operator: 'like', value: 'optiplex 70?0' }, true],
    ['like does not read dots as wildcards', { variable: 'model', operator: 'like', value: 'OptiPlex.7090' }, false],
    ['a missing variable is not equal', { variable: 'x', operator: 'notEquals', value: 'true' }, true],
    ['a missing variable is not less', { variable: 'x', operator: 'less', value: '1' }, false],
    ['none of true ones is false', { none: [{ variable: 'n', operator: 'exists' }] }, false],
    ['any of nothing is false', { any: [] }, false],
    ['all of nothing is true', { all: [] }, true],
  ];
  it.each(cases)('%s', async (_sentence, condition, holds) => {
    expect(await conditionHolds(condition, { variables: values, facts: noFacts })).toBe(holds);
  });
});
