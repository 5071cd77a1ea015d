/**
 * What the programs of a step find around them: `tsenv` on the path, the variables that are not secret in the environment, and who is running
 * them. Documented in docs/guide.md, "Scripts".
 */
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replayLine } from '@ostler/imaging';
import { writeFileAtomically } from '../atomic-file.ts';
import type { AgentProgram } from '../install-agent.ts';
import { socketVariable } from './variable-messages.ts';
import { listed, openVariableSocket, type VariableAccess } from './variable-socket.ts';

export interface ScriptWorld extends VariableAccess {
  readonly environment: string;
  readonly assignment: { readonly runId: string };
  /** This agent's own program: `tsenv` is a mode of it. */
  readonly program: AgentProgram;
  /** Holds the socket and the program while a step's program runs; only root may enter it. */
  readonly stateDirectory: string;
}

export interface ScriptEnvironment extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** The kernel allows about 2 MB for words and environment together (execve(2)); what is more is left to `tsenv`. */
const environmentLimitChars = 500_000;
const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Open while a program runs; nothing is left of it afterwards. */
export async function openScriptEnvironment(world: ScriptWorld): Promise<ScriptEnvironment> {
  const folder = join(world.stateDirectory, 'tsenv');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFileAtomically(join(folder, 'tsenv'), launcher(world.program), 0o700);
  const socketPath = join(folder, 'socket');
  const socket = await openVariableSocket(socketPath, world);
  return {
    env: {
      ...variableEnvironment(world),
      PATH: `${folder}:${standardPath}`,
      OSTLER_ENVIRONMENT: world.environment,
      OSTLER_RUN_ID: world.assignment.runId,
      [socketVariable]: socketPath,
    },
    [Symbol.asyncDispose]: async () => {
      await socket[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `TS_` and the name, with `_` for what an environment variable's name cannot hold. Secret ones are not among them. */
export function variableEnvironment({ variables }: Pick<VariableAccess, 'variables'>): Record<string, string> {
  const env: Record<string, string> = {};
  let chars = 0;
  for (const { name, value, secret } of listed(variables)) {
    chars += name.length + value.length;
    if (secret || chars > environmentLimitChars || value.includes('\0')) continue;
    env[`TS_${name.replaceAll('-', '_')}`] = value;
  }
  return env;
}

/** The libraries that the program needs and the image lacks are named for it alone. */
function launcher({ nodePath, bundlePath, libraryPaths }: AgentProgram): string {
  const folders = [...new Set(libraryPaths.map((path) => dirname(path)))];
  const libraries = folders.length === 0 ? '' : `LD_LIBRARY_PATH='${folders.join(':')}' `;
  return `#!/bin/sh\n${libraries}exec ${replayLine(nodePath, [bundlePath, 'tsenv'])} "$@"\n`;
}
