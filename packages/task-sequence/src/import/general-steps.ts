/** General steps: command lines, variables, restarts. Property names: the SDK's action classes. */
import { VariableName } from '@ostler/contract';
import { lost, numberOf, type Conversion, type Conversions, type Convert } from './draft.ts';
import type { OriginalStep } from './original.ts';
import { isSecretName } from './secrets.ts';

export const generalSteps = {
  SMS_TaskSequence_RunCommandLineAction: (step, site) => runCommandLine(step, site),
  SMS_TaskSequence_SetVariableAction: (step) => setVariable(step),
  SMS_TaskSequence_RebootAction: (step) => restart(step),
} as const satisfies Readonly<Record<string, Convert>>;

function runCommandLine(step: OriginalStep, site: Conversions): Conversion | undefined {
  // The other product starts it through a program of its own.
  const commandLine = step.value('CommandLine') || step.action.replace(/^smsswd\.exe\s+\/run:\S*\s*/i, '');
  if (commandLine === '') return undefined;
  const output = VariableName.safeParse(step.value('OutputVariableName'));
  const packageId = step.value('PackageID');
  const files = packageId === '' ? undefined : site.reference('package', packageId);
  const isMdtScript = /%(?:SCRIPTROOT|DEPLOYROOT|TOOLROOT)%/i.test(commandLine);
  return {
    draft: {
      type: 'run-command-line',
      options: {
        commandLine,
        workingDirectory: step.value('WorkingDirectory') || (step.element.attributes['startIn'] ?? ''),
        ...(files === undefined ? {} : { packageId: files.id }),
        ...(output.success ? { outputVariable: output.data } : {}),
      },
    },
    notes: lost(step, {
      DisableWow64Redirection: 'the 64-bit redirection of Windows is not switched here',
      LoadProfile: 'no user profile is loaded',
    }),
    obstacles: [
      ...(packageId === ''
        ? []
        : [`it runs from the package ${packageId}: put its files on the target first, or use a package of this site`]),
      ...(step.isTrue('RunAsUser') ? ['it runs as another account, which is not imported'] : []),
      ...(isMdtScript ? ['it runs a script of the MDT deployment share, which is not here'] : []),
    ],
  };
}

function setVariable(step: OriginalStep): Conversion | undefined {
  const variable = VariableName.safeParse(step.value('VariableName'));
  if (!variable.success) return undefined;
  const secret = step.isTrue('DoNotShowVariableValue') || isSecretName(variable.data);
  return {
    draft: {
      type: 'set-task-sequence-variable',
      options: { variable: variable.data, value: secret ? '' : step.value('VariableValue'), secret },
    },
    obstacles: secret ? ['its value is a secret and is not imported: set it as a secret variable of a collection or device'] : [],
  };
}

const restartTargets: Readonly<Record<string, 'boot-image' | 'installed-os'>> = {
  winpe: 'boot-image',
  hd: 'installed-os',
  fullos: 'installed-os',
};

function restart(step: OriginalStep): Conversion {
  const target = restartTargets[step.value('Target').toLowerCase()];
  return {
    draft: {
      type: 'restart-computer',
      options: {
        target: target ?? 'installed-os',
        message: step.value('Message').slice(0, 512),
        delaySeconds: Math.min(3600, numberOf(step, 'MessageTimeout') ?? 0),
      },
    },
    // MDT writes no target: there a restart goes on from the disk.
    notes: target === undefined ? ['it names no target: it restarts into the installed system'] : [],
  };
}
