/** Apply Driver Package: the whole of a driver package into the applied system, whatever devices this computer has (feature map §2.4). */
import { OstlerError, type Package } from '@ostler/contract';
import type { DriverReport } from '@ostler/imaging';
import { openPackageFolder } from './package-folder.ts';
import { imagingPort, packageOf, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const applyDriverPackage: StepHandler<'apply-driver-package'> = async ({ packageId }, context) => {
  const found = packageOf(context, packageId);
  const report = await applyDriversOf(found, context);
  return succeeded(inWords(found, report), { package: found.name, firmwareFiles: report.firmwareFiles, packages: report.packages.length });
};

/** @throws OstlerError PACKAGE_HAS_NO_DRIVERS, TARGET_NOT_READY */
export async function applyDriversOf(found: Package, context: StepContext): Promise<DriverReport> {
  if (found.kind !== 'drivers') throw new OstlerError('PACKAGE_HAS_NO_DRIVERS', { package: found.name });
  const port = imagingPort(context);
  const root = await context.target.mountSystem(context.variables, port);
  await using folder = await openPackageFolder(found, root, context);
  context.log.info({ package: found.name }, 'applying drivers');
  return await context.imaging.applyDrivers(root, folder.path, port);
}

export function inWords({ name }: Package, { firmwareFiles, packages, kernels }: DriverReport): string {
  const built = kernels.length === 0 ? '' : `; modules for ${kernels.join(', ')}`;
  return `${name}: ${firmwareFiles} firmware file(s), ${packages.length} package(s)${built}`;
}
