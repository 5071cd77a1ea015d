import { noModuleState } from './no-module-state.ts';
import { testRule } from './rule-tester.ts';

const sample = (name: string, code: string) => ({ name, file: 'packages/server/src/x.ts', code });

testRule('house/no-module-state', noModuleState, {
  allowed: [
    sample('a constant table', `export const table = { a: 1 };`),
    sample('a filled set', `const kinds = new Set(['a', 'b']);`),
    sample('state inside a function', `export function make() { let count = 0; const seen = new Map(); return () => { count += 1; }; }`),
  ],
  reported: [
    sample('a let', `let count = 0;`),
    sample('an exported let', `export let count = 0;`),
    sample('a map to fill', `const cache = new Map();`),
    sample('a typed map to fill', `export const cache = new Map<string, number>();`),
  ],
});
