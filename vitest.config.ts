/** How the tests run: everything beside the code, in packages' test folders, in the lab and in the tools. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'lab/src/**/*.test.ts',
      'bench/src/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    // The PostgreSQL that the store tests share.
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    // Several times what they need on two cores of their own: a machine that is shared is slow, not broken.
    testTimeout: 90_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    // A test that leaves a process or a handle behind must not pass unseen.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
