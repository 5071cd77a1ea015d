import { layers } from './layers.ts';
import { testRule } from './rule-tester.ts';

const sample = (name: string, file: string, code: string) => ({ name, file, code });

testRule('house/layers', layers, {
  allowed: [
    sample('the server uses the libraries', 'packages/server/src/app.ts', `import { x } from '@ostler/boot-image';`),
    sample('the server starts programs', 'packages/server/src/app.ts', `import { run } from '@ostler/imaging/run';`),
    sample('the boot image starts programs', 'packages/boot-image/src/build.ts', `import { run } from '@ostler/imaging/run';`),
    sample('imaging uses content', 'packages/imaging/src/x.ts', `import { x } from '@ostler/content';`),
    sample('contract uses zod', 'packages/contract/src/x.ts', `import { z } from 'zod';`),
    sample('a relative import inside the package', 'packages/agent/src/steps/x.ts', `import { x } from '../journal.ts';`),
    sample('a test uses the testkit', 'packages/agent/src/x.test.ts', `import { aDisk } from '@ostler/testkit';`),
    sample('a test of a pure package uses vitest', 'packages/contract/src/x.test.ts', `import { test } from 'vitest';`),
    sample('the reference reads the settings', 'tools/reference/settings.ts', `import { x } from '../../packages/server/src/config.ts';`),
    sample('a file outside every package', 'vitest.config.ts', `import { x } from '@ostler/server';`),
  ],
  reported: [
    sample('the agent and the server do not know each other', 'packages/agent/src/x.ts', `import { x } from '@ostler/server';`),
    sample('a type is knowledge too', 'packages/cli/src/x.ts', `import type { X } from '@ostler/server';`),
    sample('a re-export is an import', 'packages/content/src/index.ts', `export { x } from '@ostler/imaging';`),
    sample('a star re-export is an import', 'packages/content/src/index.ts', `export * from '@ostler/imaging';`),
    sample('a dynamic import is an import', 'packages/agent/src/x.ts', `const x = await import('@ostler/network-boot');`),
    sample(
      'the boot image may start programs, nothing else of imaging',
      'packages/boot-image/src/x.ts',
      `import { x } from '@ostler/imaging';`,
    ),
    sample('the command line starts programs by itself', 'packages/cli/src/x.ts', `import { run } from '@ostler/imaging/run';`),
    sample('the product does not import the testkit', 'packages/agent/src/x.ts', `import { aDisk } from '@ostler/testkit';`),
    sample('contract has no Node API', 'packages/contract/src/x.ts', `import { join } from 'node:path';`),
    sample('the engine has no Node API', 'packages/task-sequence/src/x.ts', `import { readFile } from 'node:fs/promises';`),
    sample('a relative import out of the package', 'packages/server/src/x.ts', `import { x } from '../../agent/src/journal.ts';`),
    sample('the lab knows the contract only', 'lab/src/x.ts', `import { x } from '@ostler/server';`),
  ],
});
