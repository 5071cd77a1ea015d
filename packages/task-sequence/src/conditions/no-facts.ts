/** A computer of which nothing can be said: for tests, and to refuse with a reason where there is nobody to ask. */
import { OstlerError } from '@ostler/contract';
import type { ConditionFacts } from './facts.ts';

const refuse = async (question: string): Promise<never> => {
  throw new OstlerError('CONDITION_UNANSWERABLE', { question, problem: 'there is no computer to ask' });
};

export const noFacts: ConditionFacts = {
  fileProperties: refuse,
  folderProperties: refuse,
  operatingSystem: () => refuse('the operating system'),
  registryKey: refuse,
  installedVersions: ({ software }) => refuse(software),
  wmiInstances: refuse,
};
