/** Apply Driver Package: the whole of a driver package into the applied system, whatever devices this computer has (feature map §2.4). */
import { join } from 'node:path';
import { OstlerError, type Package } from '@ostler/contract';
import type { DriverReport } from '@ostler/imaging';
import { installedDirectory } from '../config.ts';
import { exists } from '../exists.ts';
import { applyMarkerPath } from './apply-image.ts';
import { openPackageFolder } from './package-folder.ts';
import { imagingPort, packageOf, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const applyDriverPackage: StepHandler<'apply-driver-package'> = async ({ packageId }, context) => {
  const found = packageOf(context, packageId);
  const [report] = await applyDriversOf([found], context);
  const facts = { firmwareFiles: report?.firmwareFiles ?? 0, packages: report?.packages.length ?? 0 };
  return succeeded(report?.words ?? '', { package: found.name, ...facts });
};

export interface AppliedDrivers extends DriverReport {
  /** What was applied, for people. */
  readonly words: string;
}

/**
 * One package after another. The initramfs is made by Setup Operating System, without which the disk does not start; or now, where that has
 * run already. @throws OstlerError PACKAGE_HAS_NO_DRIVERS, TARGET_NOT_READY
 */
export async function applyDriversOf(packages: readonly Package[], context: StepContext): Promise<AppliedDrivers[]> {
  const { imaging, log } = context;
  const port = imagingPort(context);
  const applied: AppliedDrivers[] = [];
  for (const found of packages) {
    if (found.kind !== 'drivers') throw new OstlerError('PACKAGE_HAS_NO_DRIVERS', { package: found.name });
    const root = await context.target.mountSystem(context.variables, port);
    await using folder = await openPackageFolder(found, root, context);
    log.info({ package: found.name }, 'applying drivers');
    const report = await imaging.applyDrivers(root, folder.path, port);
    applied.push({ ...report, words: inWords(found, report) });
  }
  if (applied.length > 0) await makeInitramfsAfterSetup(context);
  return applied;
}

async function makeInitramfsAfterSetup({ target, variables, imaging, ...context }: StepContext): Promise<void> {
  const port = imagingPort(context);
  const root = await target.mountSystem(variables, port);
  if (await exists(applyMarkerPath(join(root, installedDirectory)))) return;
  port.report({ activity: 'Writing the initramfs', done: 0, total: 1, unit: 'items' });
  await imaging.insideTree(root, port, (runInTree) => imaging.makeMarkedInitramfs(root, port, runInTree));
}

function inWords({ name }: Package, { firmwareFiles, packages, kernels }: DriverReport): string {
  const built = kernels.length === 0 ? '' : `; modules for ${kernels.join(', ')}`;
  return `${name}: ${firmwareFiles} firmware file(s), ${packages.length} package(s)${built}`;
}
