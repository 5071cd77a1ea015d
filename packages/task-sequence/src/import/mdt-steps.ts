/** Steps that only MDT has. Property names: MDT's own, as they stand in a ts.xml; the rest of its steps are those of Configuration Manager. */
import { lost, numberOf, words, type Conversion, type Convert } from './draft.ts';
import type { OriginalStep } from './original.ts';

export const mdtSteps = {
  BDD_InjectDrivers: (step) => injectDrivers(step),
  BDD_RunPowerShellAction: (step, site) => {
    const file = step.value('ScriptName').split(/[/\\]/).at(-1) ?? '';
    if (file === '') return undefined;
    const { id, obstacles } = site.reference('package', step.value('PackageID') || file);
    const source = { kind: 'package' as const, packageId: id, file };
    return {
      draft: { type: 'run-script', options: { interpreter: 'powershell', source, parameters: words(step.value('Parameters')) } },
      obstacles,
    };
  },
  BDD_Validate: (step) => ({
    draft: {
      type: 'check-readiness',
      options: { minimumMemoryMb: limit(step, 'ImageMemory'), minimumProcessorMhz: limit(step, 'ImageProcessorSpeed') },
    },
    notes: lost(step, {
      ImageSize: 'the size of the image is not checked here: applying it does',
      VerifyOS: 'whether the system is for clients or servers is not checked',
    }),
  }),
} as const satisfies Readonly<Record<string, Convert>>;

/** There AUTO puts in whatever fits, ALL also what does not. */
function injectDrivers(step: OriginalStep): Conversion {
  const all = step.value('DriverInjectionMode').toUpperCase() === 'ALL';
  const profile = step.value('DriverSelectionProfile');
  return {
    draft: { type: 'auto-apply-drivers', options: { match: 'all' } },
    notes: [
      ...(all ? ['drivers that do not fit the computer are left out'] : []),
      ...(['', 'all drivers'].includes(profile.toLowerCase())
        ? []
        : [`the selection profile ${profile} is not taken over: name categories of drivers in its place`]),
    ],
  };
}

function limit(step: OriginalStep, property: string): number | undefined {
  const value = numberOf(step, property);
  return value === 0 ? undefined : value;
}

/** What to do about steps that cannot be taken over, by the type they had. Others are only said to have no counterpart. */
export const withoutCounterpart: Readonly<Record<string, string>> = {
  SMS_TaskSequence_SetDynamicVariablesAction:
    'its rules are in a form that is not documented: write them into a Set Dynamic Variables step, the text is kept',
  BDD_Gather:
    'nothing needs to be gathered here: what it finds is in variables from the beginning of a run; rules of CustomSettings.ini become variables of collections',
  BDD_UsePackage: 'there is no toolkit to fetch here: delete it',
  BDD_InstallRoles: 'roles and features of Windows are installed by a command line in the installed system',
  BDD_UninstallRoles: 'roles and features of Windows are removed by a command line in the installed system',
  BDD_InstallUpdatesOffline: 'updates are installed by Install Software Updates in the installed system',
  BDD_InstallApplication:
    'it installs what MDT’s wizard chose: name the applications in an Install Application step, or the variables that hold them',
};
