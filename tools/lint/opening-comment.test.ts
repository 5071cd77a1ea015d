import { openingComment } from './opening-comment.ts';
import { testRule } from './rule-tester.ts';

const sample = (name: string, code: string) => ({ name, file: 'packages/server/src/x.ts', code });

testRule('house/opening-comment', openingComment, {
  allowed: [
    sample('a comment first', `/** Devices: what the site knows of a machine. */\nimport { z } from 'zod';`),
    sample('a line comment first', `// Devices.\nexport const x = 1;`),
    sample('a comment after the interpreter line', `#!/usr/bin/env node\n/** The agent. */\nexport const x = 1;`),
  ],
  reported: [
    sample('code first', `import { z } from 'zod';\n/** Late. */\nexport const x = z;`),
    sample('an interpreter line alone', `#!/usr/bin/env node\nexport const x = 1;`),
  ],
});
