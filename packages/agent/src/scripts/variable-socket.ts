/**
 * The agent's side of `tsenv`: a Unix socket in a folder that only root may enter, open while a step's program runs. What a script sets is
 * in the engine's variables at once; a secret is told only to one that asks for it by name, and is masked from then on.
 */
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { OstlerError, toErrorBody } from '@ostler/contract';
import type { VariableScope } from '@ostler/task-sequence';
import { longestMessageChars, type VariableAnswer, VariableRequest, type ListedVariable } from './variable-messages.ts';

export interface VariableAccess {
  readonly variables: VariableScope;
  loadSecrets(text: string): Promise<void>;
}

type Answerers = {
  readonly [C in VariableRequest['command']]: (
    request: Extract<VariableRequest, { command: C }>,
    access: VariableAccess,
  ) => Promise<VariableAnswer>;
};

const answerers: Answerers = {
  get: async ({ name, secret }, access) => {
    const { variables } = access;
    if (variables.isSecret(name)) {
      if (!secret) throw new OstlerError('VARIABLE_IS_SECRET', { variable: name });
      await access.loadSecrets(name);
    }
    return { kind: 'value', value: variables.get(name) ?? null };
  },
  set: async ({ name, value, secret }, { variables }) => {
    if (name.startsWith('_')) throw new OstlerError('VARIABLE_READ_ONLY', { variable: name });
    // What was secret stays so: a script that writes a new password need not know that the old one was one.
    variables.set(name, value, { secret: secret || variables.isSecret(name) });
    return { kind: 'done' };
  },
  list: async (_request, { variables }) => ({ kind: 'list', variables: listed(variables) }),
};

/** Every variable that is set, by name; those that only the agent itself uses are left out. */
export function listed(variables: VariableScope): ListedVariable[] {
  return variables
    .names()
    .filter((name) => !name.startsWith('_Ostler'))
    .map((name) => {
      const secret = variables.isSecret(name);
      return { name, secret, value: secret ? '********' : (variables.get(name) ?? '') };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** @param path in a folder with mode 0700; nothing is left of the socket when it is disposed. */
export async function openVariableSocket(path: string, access: VariableAccess): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A program that went away before its answer is no error of the step.
    socket.on('error', () => undefined);
    answerLine(socket, access);
  });
  await listen(server, path);
  await chmod(path, 0o600);
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function answerLine(socket: Socket, access: VariableAccess): void {
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
    const end = received.indexOf('\n');
    if (end >= 0) void answer(received.slice(0, end), access).then((found) => socket.end(`${JSON.stringify(found)}\n`));
    else if (received.length > longestMessageChars) socket.destroy();
  });
}

async function answer(line: string, access: VariableAccess): Promise<VariableAnswer> {
  try {
    const request = VariableRequest.parse(JSON.parse(line));
    // Safe: the table has, for each command, the function that takes exactly its request.
    const find = answerers[request.command] as (each: VariableRequest, access: VariableAccess) => Promise<VariableAnswer>;
    return await find(request, access);
  } catch (error) {
    return { kind: 'error', error: toErrorBody(error) };
  }
}
