/** The templates that install no image: the old computer's half of a replacement, an upgrade, software alone, nothing (feature map §4.3, §4.6). */
import { installSoftware } from './system-steps.ts';
import { group, present, step, type ChoicesOf, type TemplatesOf } from './template.ts';
import { captureUserState } from './user-state-steps.ts';

export const softwareTemplates: TemplatesOf<'replace-capture' | 'upgrade-in-place' | 'custom' | 'non-os'> = {
  'replace-capture': ({ name, startsIn }) => ({
    name,
    startsIn,
    description: 'The old computer of a replacement: its users’ files and settings go to the site',
    steps: present([
      group('Capture Files and Settings', [step('capture-os-settings', 'Capture OS Settings', {}), captureUserState('state-store')]),
    ]),
  }),
  'upgrade-in-place': upgradeInPlace,
  custom: ({ name }) => ({ name, description: 'A custom task sequence', steps: [] }),
  'non-os': (choices) => ({
    name: choices.name,
    description: 'Software for an operating system that is there',
    startsIn: 'installed-os',
    steps: present([group('Install Software', installSoftware(choices))]),
  }),
};

function upgradeInPlace(choices: ChoicesOf<'upgrade-in-place'>) {
  const rolledBack = { variable: '_SMSTSSetupRollback', operator: 'equals', value: 'true' } as const;
  return {
    name: choices.name,
    description: 'Upgrade an operating system from an upgrade package',
    startsIn: 'installed-os' as const,
    steps: present([
      group('Prepare for Upgrade', [
        step('check-readiness', 'Check Readiness for Upgrade', {
          minimumFreeDiskMb: choices.minimumFreeDiskMb,
          acPower: true,
          networkConnected: true,
        }),
      ]),
      group('Upgrade the Operating System', [
        step('upgrade-operating-system', 'Upgrade Operating System', { source: { kind: 'package', packageId: choices.upgradePackageId } }),
        step('restart-computer', 'Restart Computer', { target: 'installed-os' }),
      ]),
      group('Post-Processing', installSoftware(choices), { condition: { none: [rolledBack] } }),
    ]),
  };
}
