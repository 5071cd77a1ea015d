/** The table of scenarios, in the order they are listed and run. */
import { captureScenarios } from './capture.ts';
import { failureScenarios } from './failures.ts';
import { firmwareScenarios } from './firmware.ts';
import { interruptionScenarios } from './interruptions.ts';
import type { Scenario } from './scenario.ts';
import { siteRuleScenarios } from './site-rules.ts';

export const scenarios: readonly Scenario[] = [
  ...firmwareScenarios,
  ...captureScenarios,
  ...siteRuleScenarios,
  ...interruptionScenarios,
  ...failureScenarios,
];
