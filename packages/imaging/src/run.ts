/**
 * The only place that starts external programs. `run` waits for a short program and returns its output;
 * `start` keeps a long-lived one (dnsmasq, a virtual machine). What to do with a failure is the caller's.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { OstlerError } from '@ostler/contract';
import { createProcessMark, type ProcessMark } from './process-mark.ts';

/** How a program ended, with what it printed. */
export interface Exit {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Text for standard input; without it standard input is empty. */
  readonly input?: string;
  readonly cwd?: string;
  /** Variables added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are not a failure; 0 alone when absent. */
  readonly okExitCodes?: readonly number[];
  /** Called with each piece of output as it comes: for progress and live logs. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
}

/** Output kept for the caller and for error messages; a program that prints more loses the beginning. */
const keptOutputChars = 4_000_000;
/** After an abort: what was printed before is read for so long, then whoever still holds the output is not waited for. */
const outputGraceMs = 1000;
/** After an abort: what has left the process group and cannot be killed is given up. */
const killPatienceMs = 10_000;

/**
 * Runs one program to its end. Aborting kills it with everything that it started, and the promise still settles only once that is gone.
 * @throws OstlerError COMMAND_NOT_FOUND, or COMMAND_FAILED with the end of its output and the exact line to replay it.
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Exit> {
  return refuseFailure(program, args, options, await runToEnd(program, args, options));
}

/**
 * As `run`. What the program mounts is seen by nobody else and goes with it, however it ends (unshare(1)): a folder that is removed after a
 * kill never reaches into this computer's own devices. Only root may.
 */
export function runWithOwnMounts(program: string, args: readonly string[], options: RunOptions): Promise<Exit> {
  return run('unshare', ['--mount', '--', program, ...args], options);
}

/** A program that bytes go through. */
export interface PipedProgram {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when the program is gone and its output has been read. @throws as `run` */
  readonly ended: Promise<Exit>;
}

/** Starts a program whose input and output are bytes, not text; what it says on standard error is kept. Aborting kills it with everything that it started. */
export function pipe(program: string, args: readonly string[], options: Omit<RunOptions, 'input' | 'onOutput'>): PipedProgram {
  options.signal.throwIfAborted();
  const started = spawnMarked(program, args, options);
  const { stdin, stdout } = started.child;
  if (stdin === null || stdout === null) throw new OstlerError('COMMAND_NOT_FOUND', { program });
  const ended = exitOf(started, program, options, ['stderr']).then((exit) => refuseFailure(program, args, options, exit));
  // Whoever reads or writes may fail first, and then nobody waits for this.
  ended.catch(() => undefined);
  return { stdin, stdout, ended };
}

function refuseFailure(program: string, args: readonly string[], { okExitCodes }: Pick<RunOptions, 'okExitCodes'>, exit: Exit): Exit {
  if ((okExitCodes ?? [0]).includes(exit.exitCode)) return exit;
  const output = lastLines(exit.stderr.trim() || exit.stdout.trim());
  const replay = replayLine(program, args);
  throw new OstlerError('COMMAND_FAILED', { program, exitCode: exit.exitCode, output, replay });
}

const shownOutputChars = 2000;

/** Whole lines, as far as there are several: what is masked later must not be cut in two. */
function lastLines(text: string): string {
  if (text.length <= shownOutputChars) return text;
  const end = text.slice(-shownOutputChars);
  return end.slice(end.indexOf('\n') + 1);
}

function runToEnd(program: string, args: readonly string[], options: RunOptions): Promise<Exit> {
  options.signal.throwIfAborted();
  const started = spawnMarked(program, args, options);
  // A program may end without reading its input; the resulting EPIPE says nothing about its success.
  started.child.stdin?.on('error', () => undefined).end(options.input ?? '');
  return exitOf(started, program, options, ['stdout', 'stderr']);
}

interface MarkedChild {
  readonly child: ChildProcess;
  readonly mark: ProcessMark;
}

function spawnMarked(program: string, args: readonly string[], options: StartOptions): MarkedChild {
  const mark = createProcessMark();
  const env = { ...options.env, ...mark.env };
  return { child: spawnChild(program, args, spawnOptions({ ...options, env }, ['pipe', 'pipe', 'pipe'])), mark };
}

/** Node's own refusal of a NUL shows a part of the word, which may be a part of a secret. @throws OstlerError COMMAND_WORD_INVALID */
function spawnChild(program: string, args: readonly string[], options: ReturnType<typeof spawnOptions>): ChildProcess {
  const words = [program, ...args, ...Object.values(options.env)];
  if (words.some((word) => word?.includes('\0'))) throw new OstlerError('COMMAND_WORD_INVALID', { program: program.replaceAll('\0', '') });
  return spawn(program, args, options);
}

/** @param texts the streams that are kept as text */
function exitOf(
  { child, mark }: MarkedChild,
  program: string,
  options: Pick<RunOptions, 'signal' | 'onOutput'>,
  texts: readonly ('stdout' | 'stderr')[],
): Promise<Exit> {
  const { promise, resolve, reject } = Promise.withResolvers<Exit>();
  const kept = { stdout: '', stderr: '' };
  for (const stream of texts) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      kept[stream] = (kept[stream] + text).slice(-keptOutputChars);
      options.onOutput?.(text, stream);
    });
  }
  let killed: Promise<void> | undefined;
  const kill = (): void => {
    killed = killTree(child, mark);
  };
  options.signal.addEventListener('abort', kill, { once: true });
  let failure: NodeJS.ErrnoException | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  child.on('close', (code, killedBy) => {
    options.signal.removeEventListener('abort', kill);
    if (killed !== undefined) {
      void killed.then(() => reject(options.signal.reason as Error));
    } else if (failure) {
      reject(startFailure(program, failure));
    } else {
      resolve({ ...kept, exitCode: code ?? 128 + signalNumber(killedBy) });
    }
  });
  return promise;
}

/**
 * A program that a person uses on a terminal, which becomes its controlling one; settles with the exit code.
 * @param terminalPath a device, such as `/dev/tty1`; nobody else may read from it meanwhile
 * @throws OstlerError COMMAND_NOT_FOUND
 */
export async function runOnTerminal(program: string, args: readonly string[], terminalPath: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const terminal = openSync(terminalPath, constants.O_RDWR | constants.O_NOCTTY);
  try {
    // Not detached: setsid(1) then starts the program in its own place, so that the process is the session's leader.
    const child = spawn('setsid', ['--ctty', program, ...args], { stdio: [terminal, terminal, terminal], env: { ...process.env } });
    return await new Promise<number>((resolve, reject) => {
      const kill = (): void => killGroup(child, 'SIGKILL');
      signal.addEventListener('abort', kill, { once: true });
      child.once('error', (error) => reject(startFailure(program, error)));
      child.once('close', (code, killedBy) => {
        signal.removeEventListener('abort', kill);
        resolve(code ?? 128 + signalNumber(killedBy));
      });
    });
  } finally {
    closeSync(terminal);
  }
}

/** A program that goes on running. */
export interface RunningProgram {
  readonly pid: number;
  /** Settles with the exit code when the program is gone, however it ended. */
  readonly exited: Promise<number>;
  /** Asks it to end (SIGTERM), kills it after `graceMs`, and settles when it is gone. */
  stop(graceMs: number): Promise<void>;
}

export type StartOptions = Pick<RunOptions, 'cwd' | 'env' | 'onOutput'>;

/**
 * Starts a program that goes on running, in a process group of its own.
 * @throws OstlerError COMMAND_NOT_FOUND when it cannot be started.
 */
export async function start(program: string, args: readonly string[], options: StartOptions): Promise<RunningProgram> {
  const child = spawnChild(program, args, spawnOptions(options, ['ignore', 'pipe', 'pipe']));
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(text, stream));
  }
  const exited = new Promise<number>((resolve) => {
    child.on('close', (code, killedBy) => resolve(code ?? 128 + signalNumber(killedBy)));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(startFailure(program, error)));
  });
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async (graceMs) => {
      killGroup(child, 'SIGTERM');
      const timer = setTimeout(() => killGroup(child, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The command as a line that can be pasted into a shell. */
export function replayLine(program: string, args: readonly string[]): string {
  return [program, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

function spawnOptions(options: StartOptions, stdio: ['pipe' | 'ignore', 'pipe', 'pipe']) {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', ...options.env };
  // detached: a process group of its own, so that a kill reaches the whole tree.
  return { stdio, detached: true, env, ...(options.cwd === undefined ? {} : { cwd: options.cwd }) };
}

/** Settles when nothing of it runs any more. */
async function killTree(child: ChildProcess, mark: ProcessMark): Promise<void> {
  killGroup(child, 'SIGKILL');
  await mark.killAll(AbortSignal.timeout(killPatienceMs));
  const release = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, outputGraceMs);
  child.once('close', () => clearTimeout(release));
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function startFailure(program: string, cause: NodeJS.ErrnoException): Error {
  return cause.code === 'ENOENT' ? new OstlerError('COMMAND_NOT_FOUND', { program }, { cause }) : cause;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (signalNumbers[signal] ?? 0);
}
