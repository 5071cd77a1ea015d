/** Applications, captured network settings and user state. Property names: the SDK's action classes; of BDD_ steps MDT's own. */
import { VariableName } from '@ostler/contract';
import { lost, numberOf, type Conversion, type Conversions, type Convert } from './draft.ts';
import type { OriginalStep } from './original.ts';

/** What the folders of users are kept in is not what it was there: nobody's files may be lost by a sequence that looks the same. */
const otherUserState = [
  'rules of USMT are not taken over: /home and the local accounts are kept, by themselves on the computer’s own disk',
  'enable it where no step in between clears the disk',
];

export const stateAndApplicationSteps = {
  SMS_TaskSequence_InstallApplicationAction: (step, site) => installApplications(step, site),
  BDD_InstallApplication: (step, site) => {
    const originalId = step.value('ApplicationGUID');
    // Without one it installs what the wizard of MDT or its rules chose.
    return originalId === '' ? undefined : applications([originalId], false, site);
  },
  SMS_TaskSequence_CaptureNetworkSettingsAction: (step) => ({
    draft: {
      type: 'capture-network-settings',
      options: {
        adapters: step.value('MigrateAdapterSettings').toLowerCase() !== 'false',
        membership: step.value('MigrateNetworkMembership').toLowerCase() !== 'false',
      },
    },
  }),
  SMS_TaskSequence_CaptureUserStateAction: () => ({ draft: { type: 'capture-user-state', options: {} }, obstacles: otherUserState }),
  SMS_TaskSequence_RestoreUserStateAction: (step) => ({
    draft: { type: 'restore-user-state', options: { accounts: step.value('MigrateLocalAccounts').toLowerCase() !== 'false' } },
    notes: lost(step, { ConfigFiles: 'the files with rules are not taken over' }),
    obstacles: otherUserState,
  }),
} as const satisfies Readonly<Record<string, Convert>>;

function installApplications(step: OriginalStep, site: Conversions): Conversion | undefined {
  const continueOnFailure = step.isTrue('ContinueOnInstallError');
  const base = VariableName.safeParse(step.value('BaseVariableName'));
  if (base.success) {
    const notes = ['what the variables name must be applications of this site, by name'];
    return { draft: { type: 'install-application', options: { baseVariable: base.data, continueOnFailure } }, notes };
  }
  return applications(namesOf(step), continueOnFailure, site);
}

/** By the names that people know; where a file has none, by the ids of the other product. */
function namesOf(step: OriginalStep): string[] {
  const ids = step
    .value('ApplicationName')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const count = Math.min(99, Math.max(ids.length, numberOf(step, 'NumApps') ?? 0));
  const names = Array.from({ length: count }, (_none, index) => step.value(`AppInfo${index}DisplayName`) || (ids[index] ?? ''));
  return names.filter((name) => name !== '');
}

function applications(names: readonly string[], continueOnFailure: boolean, site: Conversions): Conversion | undefined {
  if (names.length === 0) return undefined;
  const found = names.map((name) => site.reference('application', name));
  return {
    draft: { type: 'install-application', options: { applicationIds: found.map(({ id }) => id), continueOnFailure } },
    obstacles: [...new Set(found.flatMap(({ obstacles }) => obstacles))],
  };
}
