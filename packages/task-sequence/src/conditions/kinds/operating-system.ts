/** Conditions on the version and the language of the operating system. */
import { OstlerError, type Platform } from '@ostler/contract';
import { compareVersions, orderHolds } from '../compare.ts';
import type { OperatingSystem } from '../facts.ts';
import { onlyOnTheComputer, type ConditionKind } from './kind.ts';
import { compared, joined } from './words.ts';

const known = onlyOnTheComputer('the operating system is');

export const operatingSystemKind: ConditionKind<'operatingSystem'> = {
  holds: async ({ operatingSystem: platforms }, { facts, variables }) => {
    const system = await facts.operatingSystem();
    return system !== null && platforms.some((platform) => isPlatform(system, platform, variables));
  },
  known,
  describe: ({ operatingSystem: platforms }) => `the operating system is ${joined(platforms.map(describePlatform), 'or')}`,
  problems: () => [],
};

export const operatingSystemLanguageKind: ConditionKind<'operatingSystemLanguage'> = {
  holds: async ({ operatingSystemLanguage }, { facts, variables }) => {
    const system = await facts.operatingSystem();
    if (system === null) return false;
    const wanted = asTag(variables.expand(operatingSystemLanguage));
    const actual = asTag(told(system.language, 'language', system.name));
    return actual === wanted || actual.startsWith(`${wanted}-`);
  },
  known,
  describe: ({ operatingSystemLanguage }) => `the language of the operating system is ${operatingSystemLanguage}`,
  problems: () => [],
};

function isPlatform(system: OperatingSystem, { family, id, version, architecture }: Platform, { expand }: Expands): boolean {
  if (family !== undefined && system.family !== family) return false;
  if (id !== undefined && !system.ids.includes(expand(id).toLowerCase())) return false;
  if (architecture !== undefined && told(system.architecture, 'architecture', system.name) !== architecture) return false;
  if (version === undefined) return true;
  return orderHolds(version.operator, compareVersions(told(system.version, 'version', system.name), expand(version.value)));
}

interface Expands {
  readonly expand: (text: string) => string;
}

/** @throws OstlerError CONDITION_UNANSWERABLE where the system does not say */
function told(value: string | undefined, what: string, system: string): string {
  if (value !== undefined) return value;
  throw new OstlerError('CONDITION_UNANSWERABLE', {
    question: `the ${what} of the operating system`,
    problem: `${system} does not say it`,
  });
}

function asTag(language: string): string {
  return language
    .toLowerCase()
    .replace(/[.@].*$/, '')
    .replaceAll('_', '-');
}

function describePlatform({ family, id, version, architecture }: Platform): string {
  return [id ?? family ?? 'any', compared('version', version), architecture]
    .filter((each) => each !== null && each !== undefined)
    .join(' ');
}
