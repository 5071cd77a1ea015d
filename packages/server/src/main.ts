/** The server's program: reads arguments and environment. The commands are run-command.ts. */
import { runCommand } from './run-command.ts';
import { keyVariable, previousKeyVariable } from './sealing/site-keys.ts';

const environment = { ...process.env };
// No program that the server starts inherits them.
for (const name of [keyVariable, previousKeyVariable]) delete process.env[name];
process.exitCode = await runCommand({ words: process.argv.slice(2), environment });
