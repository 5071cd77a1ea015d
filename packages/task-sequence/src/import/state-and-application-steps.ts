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
  SMS_TaskSequence_RequestStateStoreAction: (step) => requestStateStore(step),
  SMS_TaskSequence_ReleaseStateStoreAction: () => ({ draft: { type: 'release-state-store', options: {} }, obstacles: withUserState }),
} as const satisfies Readonly<Record<string, Convert>>;

/** A store that nothing is captured into: its release would fail the sequence. */
const withUserState = ['enable it together with the steps that capture or restore the user state'];

/** The purpose is an argument of the program there: `osdsmpclient.exe /capture`. */
function requestStateStore(step: OriginalStep): Conversion | undefined {
  const wanted = (step.value('RequestType') || /\/(?<purpose>\w+)/.exec(step.action)?.groups?.['purpose'] || '').toLowerCase();
  if (wanted !== 'capture' && wanted !== 'restore') return undefined;
  return {
    draft: {
      type: 'request-state-store',
      options: {
        purpose: wanted,
        retryCount: numberOf(step, 'SMPRetryCount'),
        retryDelaySeconds: numberOf(step, 'SMPRetryTime'),
      },
    },
    notes: lost(step, { FallbackToNAA: 'there is no other account to try: a store takes the key of the run' }),
    obstacles: withUserState,
  };
}

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
