/** Conditions on installed software. */
import { compareVersions, orderHolds } from '../compare.ts';
import { onlyOnTheComputer, type ConditionKind } from './kind.ts';
import { compared, joined } from './words.ts';

const code = /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i;

export const softwareKind: ConditionKind<'software'> = {
  holds: async ({ software, match = 'name', version }, { facts, variables }) => {
    const versions = await facts.installedVersions({ software: variables.expand(software), match });
    if (version === undefined) return versions.length > 0;
    const wanted = variables.expand(version.value);
    return versions.some((each) => orderHolds(version.operator, compareVersions(each, wanted)));
  },
  known: onlyOnTheComputer('installed software is'),
  describe: ({ software, match = 'name', version }) =>
    joined([
      `${match === 'name' ? software : `the ${match.replace('-', ' ')} ${software}`} is installed`,
      compared('its version', version),
    ]),
  problems: ({ software, match = 'name' }) =>
    match === 'name' || code.test(software) || software.includes('%')
      ? []
      : [`${software} is not a ${match.replace('-', ' ')}: it is written as {8-4-4-4-12 hexadecimal digits}`],
};
