import { TaskSequenceDefinition } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { command, group } from '../test/machine.ts';
import { dryRun, type DryRunKnowledge } from './index.ts';

const when = (variable: string, value: string) => ({ condition: { variable, operator: 'equals', value } });
const set = (variable: string, value: string, extra: object = {}) => ({
  type: 'set-task-sequence-variable',
  name: `Set ${variable}`,
  options: { variable, value },
  ...extra,
});
const told = (steps: object[], variables: DryRunKnowledge['variables'] = []) =>
  dryRun(TaskSequenceDefinition.parse({ name: 'x', steps }), { variables, device: null }).map(
    ({ name, verdict, reason }) => `${name}: ${verdict}, ${reason}`,
  );
const laptop = { name: 'Kind', value: 'laptop', secret: false };

describe('a dry run', () => {
  it('says of each step whether it runs and why, from the variables of the computer', () => {
    const lines = told(
      [
        command('off', { enabled: false }),
        command('for laptops', when('kind', 'laptop')),
        group('servers', [command('raid')], when('Kind', 'server')),
        command('all'),
      ],
      [laptop],
    );

    expect(lines).toEqual([
      'off: skipped, disabled',
      'for laptops: runs, kind is "laptop"',
      'servers: skipped, Kind is "laptop"',
      'raid: skipped, in the group servers: Kind is "laptop"',
      'all: runs, it has no condition',
    ]);
  });

  it('follows variables that the sequence sets, and says unknown where a value comes only with the run', () => {
    const lines = told(
      [
        set('Role', '%Kind%-a'),
        command('known', when('Role', 'laptop-a')),
        command('ask', { options: { commandLine: 'x', outputVariable: 'Answer' } }),
        command('depends', when('Answer', 'yes')),
        set('Later', '1', when('Answer', 'yes')),
        command('depends too', when('Later', '1')),
        command('after', when('_SMSTSLastActionSucceeded', 'true')),
      ],
      [laptop],
    );

    expect(lines.filter((line) => !/^(?:Set Role|ask)/.test(line))).toEqual([
      'known: runs, Role is "laptop-a"',
      'depends: unknown, Answer is not known yet: the step ask sets it',
      'Set Later: unknown, Answer is not known yet: the step ask sets it',
      'depends too: unknown, Later is not known yet: the step Set Later may set it',
      'after: unknown, _SMSTSLastActionSucceeded is not known yet: it is set while the run goes on',
    ]);
  });

  it('knows where the computer is, until a restart that may not happen', () => {
    const restart = { type: 'restart-computer', name: 'R', options: { target: 'installed-os' } };
    const ask = command('ask', when('_SMSTSInWinPE', 'true'));

    expect(told([ask, restart, ask])).toEqual([
      'ask: runs, _SMSTSInWinPE is "true"',
      'R: runs, it has no condition',
      'ask: skipped, _SMSTSInWinPE is "false"',
    ]);
    expect(told([{ ...restart, ...when('Go', '1') }, ask])[1]).toContain('unknown, _SMSTSInWinPE is not known yet');
  });
});
