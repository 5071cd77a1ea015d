/** Download Package Content: packages' files into a folder, for steps that use them later; numbered variables say where each of them is. */
import { join } from 'node:path';
import { isOstlerError, OstlerError, type StepOptions } from '@ostler/contract';
import { placePackage, workDirectory } from './package-folder.ts';
import { packageOf, succeeded, type StepContext, type StepHandler } from './step-context.ts';

type Options = StepOptions<'download-package-content'>;

export const downloadPackageContent: StepHandler<'download-package-content'> = async (options, context) => {
  const folder = folderOf(options.destination, context);
  const places: string[] = [];
  const failed: string[] = [];
  for (const packageId of options.packageIds) {
    try {
      const found = packageOf(context, packageId);
      const place = join(folder, found.id);
      await placePackage(found, place, context);
      places.push(place);
    } catch (error) {
      context.signal.throwIfAborted();
      context.cancelSignal.throwIfAborted();
      if (!options.continueOnFailure || !isOstlerError(error)) throw error;
      context.log.warn({ err: error, packageId }, 'a package could not be downloaded; going on');
      failed.push(packageId);
    }
  }
  setPaths(options.pathVariable, places, context);
  const notes = failed.length === 0 ? '' : `\nNot downloaded: ${failed.join(', ')}`;
  return succeeded(`${places.join('\n')}${notes}`, { packages: places.length, failed: failed.length });
};

/** `Name01`, `Name02` …: in the order of the step's list. */
function setPaths(name: string | undefined, places: readonly string[], { variables }: StepContext): void {
  if (name === undefined) return;
  for (const [order, place] of places.entries()) variables.set(`${name}${String(order + 1).padStart(2, '0')}`, place);
  // An earlier, longer list ends here too.
  variables.set(`${name}${String(places.length + 1).padStart(2, '0')}`, '');
}

function folderOf(destination: Options['destination'], context: StepContext): string {
  if (destination.kind === 'working-folder') return join(workDirectory(context), 'content');
  const path = context.variables.expand(destination.path);
  if (!path.startsWith('/')) throw new OstlerError('FOLDER_NOT_ABSOLUTE', { path });
  return path;
}
