/**
 * Run Script: a script of its own or out of a package, by the interpreter that it is for. It gets its parameters as words, as they are: no shell
 * reads them. The script's own text is not expanded, because `%` has a meaning in most languages: variables are in the environment as `TS_…`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError, type StepOptions } from '@ostler/contract';
import { openPrivateFolder } from '../private-folder.ts';
import { openPackageFolder } from './package-folder.ts';
import { isTrue } from './run-command-line.ts';
import { placeOf, runInPlace, type Place } from './run-shell.ts';
import { packageOf, type StepContext, type StepHandler } from './step-context.ts';

type Options = StepOptions<'run-script'>;
interface Interpreter {
  readonly program: string;
  readonly args: readonly string[];
  readonly extension: string;
}

const interpreters: Readonly<Record<Options['interpreter'], Interpreter>> = {
  sh: { program: 'sh', args: [], extension: 'sh' },
  bash: { program: 'bash', args: [], extension: 'sh' },
  powershell: { program: 'pwsh', args: ['-NoProfile', '-NonInteractive', '-File'], extension: 'ps1' },
  python: { program: 'python3', args: [], extension: 'py' },
};

interface ScriptFile extends AsyncDisposable {
  /** As the interpreter sees it. */
  readonly path: string;
  readonly folder: string;
}

type Source = Options['source'];
type Openers = { readonly [K in Source['kind']]: (source: Extract<Source, { kind: K }>, parts: OpenParts) => Promise<ScriptFile> };
interface OpenParts {
  readonly place: Place;
  readonly extension: string;
  readonly context: StepContext;
}

const openers: Openers = {
  inline: async ({ script }, { extension }) => {
    // In memory, and seen from inside an applied system too, which has the same /dev.
    const folder = await openPrivateFolder(`/dev/shm/ostler-script-${process.pid}`);
    const path = join(folder.path, `script.${extension}`);
    await writeFile(path, script, { mode: 0o600 });
    return { path, folder: '/', [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  },
  package: async ({ packageId, file }, { place, context }) => {
    const found = packageOf(context, packageId);
    const folder = await openPackageFolder(found, place.root, context);
    const path = join(folder.pathInside, context.variables.expand(file) || found.fileName);
    return { path, folder: folder.pathInside, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  },
};

/** @throws OstlerError INTERPRETER_MISSING */
export const runScript: StepHandler<'run-script'> = async (options, context) => {
  const { variables, imaging, log } = context;
  const place = await placeOf(options, context);
  const { program, args, extension } = interpreters[options.interpreter];
  if (!(await imaging.hasProgram(place.root ?? '/', program))) {
    throw new OstlerError('INTERPRETER_MISSING', {
      interpreter: options.interpreter,
      program,
      where: place.root === null ? 'here' : 'in the applied system',
    });
  }
  // Safe: the table has, for each kind, the function that takes exactly this kind.
  const open = openers[options.source.kind] as (source: Source, parts: OpenParts) => Promise<ScriptFile>;
  await using file = await open(options.source, { place, extension, context });
  const parameters = options.parameters.map((each) => variables.expand(each));
  const shown = isTrue(variables.get('OSDLogPowerShellParameters')) ? parameters : `${parameters.length} (not logged)`;
  log.info({ interpreter: options.interpreter, parameters: shown, inTarget: options.inTarget }, 'running a script');
  const cwd = variables.expand(options.workingDirectory) || file.folder;
  return await runInPlace([program, ...args, file.path, ...parameters], { ...place, cwd }, options, context);
};
