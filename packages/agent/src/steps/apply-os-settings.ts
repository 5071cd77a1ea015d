/** Apply OS Settings: computer name, time zone, locale, keyboard and administrator of the applied system. */
import { OstlerError, type StepOptions } from '@ostler/contract';
import type { OsSettings } from '@ostler/imaging';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const applyOsSettings: StepHandler<'apply-os-settings'> = async (options, context) => {
  const { variables, target, imaging } = context;
  const port = imagingPort(context);
  const root = await target.mountSystem(variables, port);
  const computerName = variables.expand(options.computerName);
  const settings: OsSettings = {
    computerName,
    timeZone: variables.get('OSDTimeZone') ?? variables.expand(options.timeZone),
    locale: variables.get('OSDWindowsSettingsSystemLocale') ?? variables.expand(options.locale),
    keyboard: variables.get('OSDWindowsSettingsInputLocale') ?? variables.expand(options.keyboard),
    administrator: administratorOf(options.administrator, context),
  };
  await imaging.applyOsSettings(root, settings, port);
  variables.set('OSDComputerName', computerName);
  return succeeded(`This computer will be ${computerName}.`, { computerName });
};

function administratorOf(
  { name, passwordVariable, sshAuthorizedKeys }: StepOptions<'apply-os-settings'>['administrator'],
  { variables }: StepContext,
): NonNullable<OsSettings['administrator']> {
  const keys = sshAuthorizedKeys.map((key) => variables.expand(key));
  const common = { name: variables.expand(name), sshAuthorizedKeys: keys };
  if (passwordVariable === undefined) return common;
  const password = variables.get(passwordVariable);
  if (password === undefined)
    throw new OstlerError('VARIABLE_NOT_SET', { variable: passwordVariable, purpose: 'it should hold the password' });
  return { ...common, password };
}
