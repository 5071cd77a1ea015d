/** The server's program: reads arguments and environment. The commands are run-command.ts. */
import { runCommand } from './run-command.ts';

process.exitCode = await runCommand({ words: process.argv.slice(2), environment: process.env });
