/** Capture OS Settings: what the system is called and how it is set, into the variables that Apply OS Settings reads (feature map §3.2). */
import type { StepOptions } from '@ostler/contract';
import type { CapturedOsSettings } from '@ostler/imaging';
import type { VariableScope } from '@ostler/task-sequence';
import { withInstalledSystem } from './installed-system.ts';
import { succeeded, type StepHandler } from './step-context.ts';

type Options = StepOptions<'capture-os-settings'>;

interface Captured {
  readonly variable: string;
  readonly of: keyof CapturedOsSettings;
  readonly option: keyof Options;
  /** The variable that turns it off. */
  readonly migrate: string;
}

const captured: readonly Captured[] = [
  { variable: 'OSDComputerName', of: 'computerName', option: 'computerName', migrate: 'OSDMigrateComputerName' },
  { variable: 'OSDRegisteredUserName', of: 'registeredUser', option: 'registeredUser', migrate: 'OSDMigrateRegistrationInfo' },
  { variable: 'OSDTimeZone', of: 'timeZone', option: 'timeZone', migrate: 'OSDMigrateTimeZone' },
  { variable: 'OSDWindowsSettingsSystemLocale', of: 'locale', option: 'locale', migrate: 'OSDMigrateLocale' },
  { variable: 'OSDWindowsSettingsInputLocale', of: 'keyboard', option: 'locale', migrate: 'OSDMigrateLocale' },
];

export const captureOsSettings: StepHandler<'capture-os-settings'> = async (options, context) => {
  const { variables, imaging } = context;
  const settings = await withInstalledSystem(context, (root) => imaging.readOsSettings(root));
  const set = captured.flatMap(({ variable, of, option, migrate }) => {
    const value = settings[of];
    if (value === undefined || !options[option] || isOff(migrate, variables)) return [];
    variables.set(variable, value);
    return [`${variable} = ${value}`];
  });
  return succeeded(set.length === 0 ? 'Nothing was captured.' : set.join('\n'), { settings: set.length });
};

/** A step's choice can be turned off by its variable, as in Configuration Manager; it is true by itself. */
export function isOff(migrate: string, variables: VariableScope): boolean {
  return variables.get(migrate)?.toLowerCase() === 'false';
}
