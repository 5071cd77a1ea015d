import { oneSpawner } from './one-spawner.ts';
import { testRule } from './rule-tester.ts';

const code = `import { spawn } from 'node:child_process';`;

testRule('house/one-spawner', oneSpawner, {
  allowed: [
    { name: 'the one place', file: 'packages/imaging/src/run.ts', code },
    { name: "the command line's own", file: 'packages/cli/src/start-program.ts', code },
    { name: 'everybody else uses run()', file: 'packages/agent/src/x.ts', code: `import { run } from '@ostler/imaging/run';` },
  ],
  reported: [
    { name: 'another file', file: 'packages/server/src/x.ts', code },
    { name: 'another run.ts', file: 'packages/agent/src/run.ts', code },
    { name: 'the name without node:', file: 'lab/src/x.ts', code: `import { exec } from 'child_process';` },
    { name: 'a test', file: 'packages/server/src/x.test.ts', code },
    { name: 'a dynamic import', file: 'packages/server/src/x.ts', code: `const { spawn } = await import('node:child_process');` },
  ],
});
