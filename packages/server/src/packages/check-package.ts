/** Whether an uploaded file is what it is said to be: a Debian or RPM package, a tar archive, or a script that says what runs it. */
import { open } from 'node:fs/promises';
import { DriverFacts, isOstlerError, OstlerError, type Package } from '@ostler/contract';
import { run } from '@ostler/imaging/run';

export interface PackageFile {
  readonly path: string;
  readonly fileName: string;
}

type Check = (file: PackageFile, signal: AbortSignal) => Promise<void>;

/** @throws OstlerError PACKAGE_NOT_A_DEB, PACKAGE_NOT_AN_RPM, PACKAGE_NOT_AN_ARCHIVE, PACKAGE_NOT_A_SCRIPT */
export const checkPackage: { readonly [K in Package['kind']]: Check } = {
  deb: async ({ path, fileName }, signal) => {
    const magic = await firstBytes(path, 8);
    if (magic !== '!<arch>\n') throw new OstlerError('PACKAGE_NOT_A_DEB', { fileName, problem: 'it does not begin with "!<arch>".' });
    try {
      await run('dpkg-deb', ['--info', path], { signal });
      // --info reads the control part only; listing the files reads the whole and finds a file that is cut short.
      await run('dpkg-deb', ['--contents', path], { signal });
    } catch (error) {
      if (!isOstlerError(error) || error.code !== 'COMMAND_FAILED') throw error;
      const problem = String(error.details['output']).replaceAll(path, fileName);
      throw new OstlerError('PACKAGE_NOT_A_DEB', { fileName, problem }, { cause: error });
    }
  },
  rpm: async ({ path, fileName }) => {
    // The lead of an RPM file (rpm's format documentation): ED AB EE DB.
    if ((await firstBytes(path, 4)) !== '\u00ed\u00ab\u00ee\u00db') throw new OstlerError('PACKAGE_NOT_AN_RPM', { fileName });
  },
  archive: async ({ path, fileName }, signal) => {
    try {
      await run('tar', ['--list', '--file', path], { signal });
    } catch (error) {
      if (!isOstlerError(error) || error.code !== 'COMMAND_FAILED') throw error;
      const problem = String(error.details['output']).replaceAll(path, fileName);
      throw new OstlerError('PACKAGE_NOT_AN_ARCHIVE', { fileName, problem }, { cause: error });
    }
  },
  drivers: async (file, signal) => {
    await readDriverFacts(file, signal);
  },
  script: async ({ path, fileName }) => {
    if ((await firstBytes(path, 2)) !== '#!') throw new OstlerError('PACKAGE_NOT_A_SCRIPT', { fileName });
  },
};

/** What a driver package's drivers.json says. @throws OstlerError PACKAGE_NOT_DRIVERS */
export async function readDriverFacts({ path, fileName }: PackageFile, signal: AbortSignal): Promise<DriverFacts> {
  const refuse = (problem: string, cause: unknown): OstlerError => new OstlerError('PACKAGE_NOT_DRIVERS', { fileName, problem }, { cause });
  const text = await run('tar', ['--extract', '--to-stdout', '--wildcards', '--file', path, 'drivers.json', './drivers.json'], {
    signal,
    // tar fails for the one of the two spellings that is not there.
    okExitCodes: [0, 2],
  });
  if (text.stdout === '') throw refuse('drivers.json is not in it.', text.stderr);
  try {
    return DriverFacts.parse(JSON.parse(text.stdout));
  } catch (error) {
    throw refuse(`drivers.json is not as expected: ${(error as Error).message}`, error);
  }
}

async function firstBytes(path: string, count: number): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
  return buffer.toString('latin1', 0, bytesRead);
}
