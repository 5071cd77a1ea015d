/** Auto Apply Drivers: the driver packages of the site that are for devices of this computer, by PCI, USB and other ids (feature map §2.4). */
import type { DriverFacts, Package, StepOptions } from '@ostler/contract';
import type { VariableScope } from '@ostler/task-sequence';
import { listDeviceIds } from '../facts/device-ids.ts';
import { applyDriversOf } from './apply-driver-package.ts';
import { succeeded, type StepHandler } from './step-context.ts';

type Options = StepOptions<'auto-apply-drivers'>;
type DriverPackage = Package & { readonly drivers: DriverFacts };

export const autoApplyDrivers: StepHandler<'auto-apply-drivers'> = async (options, context) => {
  const { assignment, variables, log } = context;
  const ids = await listDeviceIds('/');
  const chosen = choosePackages(assignment.packages, ids, choiceOf(options, variables));
  log.info({ devices: ids.length, packages: chosen.map(({ name }) => name) }, 'driver packages chosen');
  const lines = (await applyDriversOf(chosen, context)).map(({ words }) => words);
  const output = lines.length === 0 ? 'No driver package is for a device of this computer.' : lines.join('\n');
  return succeeded(output, { devices: ids.length, driverPackages: chosen.length });
};

/** The variables win over the step, as in Configuration Manager. */
export function choiceOf(options: Options, variables: VariableScope): Options {
  const best = variables.get('OSDAutoApplyDriverBestMatch')?.toLowerCase();
  const categories = variables.get('OSDAutoApplyDriverCategoryList')?.split(',');
  return {
    match: best === undefined ? options.match : best === 'false' ? 'all' : 'best',
    categories: categories?.map((each) => each.trim()).filter((each) => each !== '') ?? options.categories,
  };
}

/**
 * Every package that is for one of the devices, or for each device the one whose id says most about it: the pattern with the most
 * characters that are not wild; of two alike the newer package.
 */
export function choosePackages(packages: readonly Package[], ids: readonly string[], { match, categories }: Options): DriverPackage[] {
  const wanted = new Set(categories.map((each) => each.toLowerCase()));
  const candidates = packages
    .filter((each): each is DriverPackage => each.drivers !== undefined)
    .filter(({ drivers }) => wanted.size === 0 || drivers.categories.some((each) => wanted.has(each.toLowerCase())))
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  const rated = ids.map((id) =>
    candidates.map((each) => ({ each, precision: precisionFor(id, each) })).filter(({ precision }) => precision > 0),
  );
  const chosen = rated.flatMap((fitting) => {
    const best = Math.max(...fitting.map(({ precision }) => precision));
    return match === 'all' ? fitting : fitting.filter(({ precision }) => precision === best).slice(0, 1);
  });
  const names = new Set(chosen.map(({ each }) => each.id));
  // The oldest first: where two bring the same file the newer one stays.
  return candidates.filter(({ id }) => names.has(id)).toReversed();
}

/** 0 when no id of the package fits the device. */
function precisionFor(id: string, { drivers }: DriverPackage): number {
  const fitting = drivers.deviceIds.filter((pattern) => fits(pattern, id));
  return Math.max(0, ...fitting.map((pattern) => pattern.replaceAll(/[*?]/g, '').length));
}

function fits(pattern: string, id: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(id);
}
