import { testRule } from './rule-tester.ts';
import { waitsTakeSignal } from './waits-take-signal.ts';

const sample = (name: string, code: string) => ({ name, file: 'packages/agent/src/x.ts', code });

testRule('house/waits-take-signal', waitsTakeSignal, {
  allowed: [
    sample('a sleep with a signal', `import { setTimeout as sleep } from 'node:timers/promises'; await sleep(100, undefined, { signal });`),
    sample(
      'a turn of the event loop',
      `import { setImmediate } from 'node:timers/promises'; await setImmediate(undefined, { signal }); this.save();`,
    ),
    sample('a timer that acts', `const timer = setTimeout(() => controller.abort(), 100);`),
    sample('a timer that resolves nothing', `new Promise((resolve) => { const t = setTimeout(kill, 100); child.on('close', resolve); });`),
    sample('a deadline', `await once(server, 'listening', { signal: AbortSignal.timeout(1000) });`),
  ],
  reported: [
    sample('a sleep without a signal', `import { setTimeout } from 'node:timers/promises'; await setTimeout(100);`),
    sample('a renamed sleep without a signal', `import { setTimeout as sleep } from 'node:timers/promises'; await sleep(100);`),
    sample('a promise that a timer resolves', `await new Promise((resolve) => setTimeout(resolve, 100));`),
    sample('the same in a body', `await new Promise(function (done) { setTimeout(done, 100); });`),
  ],
});
