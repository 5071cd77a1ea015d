/** What a script of a step can do: real shells, a real tsenv over its socket, and secrets that stay secret. */
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realImaging } from '../src/imaging-operations.ts';
import { aStep, runSteps, testSignal } from './run-of-steps.ts';

const plain = (name: string, value: string) => ({ name, value, secret: false });
const command = (commandLine: string, more: object = {}) => aStep('run-command-line', { commandLine, ...more });
const script = (text: string, more: object = {}) =>
  aStep('run-script', { interpreter: 'sh', source: { kind: 'inline', script: text }, ...more });
const isRoot = process.getuid?.() === 0;

describe('tsenv', () => {
  test('sets a variable that the next line of the same script reads, and the next step too', async () => {
    await using run = await runSteps([command('tsenv set Colour "dark blue" && tsenv get colour'), command('echo "<%Colour%>"')]);

    expect(run.outputs()).toEqual(['dark blue', '<dark blue>']);
  });

  test('takes NAME=VALUE, deletes with an empty value, and ends with 1 for a variable that is not set', async () => {
    await using run = await runSteps([command('tsenv set A=b=c && tsenv get A && tsenv set A "" && tsenv get A; echo $?')]);

    expect(run.outputs()).toEqual(['b=c\n1']);
  });

  test('refuses to change a variable of the engine, and says so', async () => {
    await using run = await runSteps([command('tsenv set _SMSTSInWinPE false; echo $?; tsenv get _SMSTSInWinPE')]);

    expect(run.outputs()[0]).toMatch(/read-only[^]*\n2\ntrue$/);
  });

  test('tells a secret only on request, and it is in clear nowhere but in the script', async () => {
    const lines =
      'tsenv get Password; echo $?; test "$(tsenv get --secret Password)" = marker-4711 && echo same; tsenv get --secret Password';
    await using run = await runSteps([command(`${lines}; tsenv list | grep Password; env | grep -c marker`)], {
      secrets: { Password: 'marker-4711' },
    });

    expect(run.outputs()[0]).toMatch(/is secret[^]*\n2\nsame\n\*{8}\nPassword=\*{8}\n0$/);
    expect(run.everything()).not.toContain('marker-4711');
  });

  test('keeps what a script sets as a secret sealed in the journal, also when the value comes from standard input', async () => {
    await using run = await runSteps([
      command('printf marker-%s 4712 | tsenv set --secret Made - && echo "login %Made%" && tsenv get --secret Made'),
    ]);

    expect(run.isSealed('Made')).toBe(true);
    expect(run.outputs()[0]).toBe('login %Made%\n********');
    expect(run.everything()).not.toContain('marker-4712');
  });

  test('listens for root only, and only while a step runs', async () => {
    await using run = await runSteps([command('stat -c %a "$OSTLER_TSENV_SOCKET" "$(dirname "$OSTLER_TSENV_SOCKET")"')]);

    expect(run.outputs()).toEqual(['600\n700']);
    await expect(access(join(run.folder, 'state/tsenv'))).rejects.toThrow('ENOENT');
  });
});

describe('a secret that a program prints', () => {
  test('in base64, in pieces, and as a longer text is masked in log, messages and screen', async () => {
    const line = [
      'printf marker-; sleep 0.2; echo 4713',
      'echo "user:%Password%" | base64',
      'echo "https://u:%Password%@host/"',
      'head -c 3990 /dev/zero | tr "\\0" x; echo %Password%yyyyyy',
    ].join('; ');
    await using run = await runSteps([command(line)], { secrets: { Password: 'marker-4713' } });

    expect(run.failure()).toBeNull();
    expect(run.everything()).not.toContain('marker-4713');
    expect(run.everything()).not.toContain(Buffer.from('user:marker-4713\n').toString('base64').slice(8, 20));
    expect(run.outputs()[0]).not.toMatch(/rker-4713|4713/);
  });

  test('and that an output variable takes is sealed in the journal', async () => {
    await using run = await runSteps(
      [command('echo "token %Password%"', { outputVariable: 'Token' }), command('test "%Token%" = "token marker-4714"')],
      {
        secrets: { Password: 'marker-4714' },
      },
    );

    expect(run.failure()).toBeNull();
    expect(run.isSealed('Token')).toBe(true);
    expect(run.everything()).not.toContain('marker-4714');
  });

  test('is sealed and masked also where a limit cuts it in two', async () => {
    const cutByTheVariable = "printf '%sword%0994d' %Password% 0";
    const cutByTheLine = "printf '%sword' %Password%; head -c 31990 /dev/zero | tr '\\0' x; sleep 0.3; echo";
    await using run = await runSteps(
      [command(cutByTheVariable, { outputVariable: 'Cut' }), command('echo "%Cut%"'), command(cutByTheLine)],
      { secrets: { Password: 'marker-4715-' } },
    );

    expect(run.failure()).toBeNull();
    expect(run.isSealed('Cut')).toBe(true);
    expect(run.log()).not.toMatch(/(?:-|5-|4715-)word/);
  });
});

describe('a script', () => {
  test('finds the variables that are not secret in its environment, and who runs it', async () => {
    await using run = await runSteps([script('echo "$TS_Site-Name|$TS_My_Var|$TS_Password|$OSTLER_RUN_ID|$OSTLER_ENVIRONMENT"')], {
      variables: [plain('Site-Name', 'x'), plain('My-Var', 'lab 1')],
      secrets: { Password: 'marker-1' },
    });

    expect(run.outputs()).toEqual(['-Name|lab 1||run-1|boot-image']);
  });

  test.each([
    ['sh', 'echo "$1+$2 100%"'],
    ['bash', 'a=("$@"); echo "${a[0]}+${a[1]} 100%"'],
    ['python', 'import sys; print("+".join(sys.argv[1:]) + " 100%")'],
  ])('for %s gets its parameters as words, expanded, and is itself left as it is', async (interpreter, text) => {
    const options = {
      interpreter,
      source: { kind: 'inline', script: text },
      parameters: ['two words', "%Who%'s"],
      outputVariable: 'Result',
    };
    await using run = await runSteps([aStep('run-script', options)], { variables: [plain('Who', 'Ann')] });

    expect(run.failure()).toBeNull();
    expect(run.variable('Result')).toBe("two words+Ann's 100%");
    expect(run.log()).not.toContain('parameters=["two words');
  });

  test('whose interpreter is missing fails with its name', async () => {
    await using run = await runSteps([aStep('run-script', { interpreter: 'powershell', source: { kind: 'inline', script: 'Get-Date' } })], {
      imaging: { hasProgram: async (_root, program) => program !== 'pwsh' },
    });

    expect(run.failure()?.error).toMatchObject({ code: 'INTERPRETER_MISSING', message: expect.stringContaining('pwsh') as string });
  });

  test('out of a package runs among the files of its archive, which are gone afterwards', async () => {
    const { run: runTool } = realImaging;
    const tar = "cd $(mktemp -d) && mkdir sub && echo data > sub/file && printf 'cat sub/file; pwd' > run.sh && tar -cz . | base64 -w0";
    const bytes = Buffer.from((await runTool('sh', ['-c', tar], { signal: testSignal })).stdout, 'base64');
    const options = { interpreter: 'sh', source: { kind: 'package', packageId: 'package-1', file: 'run.sh' } };
    await using run = await runSteps([aStep('run-script', options)], {
      packages: [{ id: 'package-1', kind: 'archive', fileName: 'files.tgz', bytes }],
    });

    const [data, place = ''] = run.outputs()[0]?.split('\n') ?? [];
    expect(data).toBe('data');
    await expect(stat(place)).rejects.toThrow('ENOENT');
  });
});

describe('Run Command Line', () => {
  test('has its package beside it, and its own success codes', async () => {
    const bytes = Buffer.from('#!/bin/sh\necho from the package "$1"\nexit 7\n');
    await using run = await runSteps(
      [aStep('run-command-line', { commandLine: './tool.sh now', packageId: 'package-1' }, { successCodes: [7] })],
      {
        packages: [{ id: 'package-1', kind: 'script', fileName: 'tool.sh', bytes }],
      },
    );

    expect(run.failure()).toBeNull();
    expect(run.outputs()).toEqual(['from the package now']);
  });

  test('is not logged where OSDDoNotLogCommand says so', async () => {
    await using run = await runSteps([command('true private-line')], { variables: [plain('OSDDoNotLogCommand', 'TRUE')] });

    expect(run.log()).not.toContain('private-line');
  });

  test.runIf(isRoot)('runs as another account, outside the boot environment only', async () => {
    await using run = await runSteps([command('id -un', { runAs: 'nobody' })], { environment: 'installed-os' });
    await using refused = await runSteps([command('id -un', { runAs: 'nobody' })]);

    expect(run.outputs()).toEqual(['nobody']);
    expect(refused.failure()?.error.code).toBe('RUN_AS_NOT_POSSIBLE');
  });
});
