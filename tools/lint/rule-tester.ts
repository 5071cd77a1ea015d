/** The linter's rule tester, reporting to vitest, with file names given from the repository's root. */
import { join } from 'node:path';
import { RuleTester } from 'oxlint/plugins-dev';
import { describe, it } from 'vitest';
import { repositoryRoot, type Rule } from './rule.ts';

interface Sample {
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  readonly code: string;
}

/** Checks that the rule is silent on the one list and reports each of the other exactly once. */
export function testRule(
  name: string,
  rule: Rule,
  samples: { readonly allowed: readonly Sample[]; readonly reported: readonly Sample[] },
): void {
  RuleTester.describe = describe;
  RuleTester.it = it;
  const place = ({ file, ...sample }: Sample) => ({ ...sample, filename: join(repositoryRoot, file) });
  new RuleTester().run(name, rule, {
    valid: samples.allowed.map(place),
    invalid: samples.reported.map((sample) => ({ ...place(sample), errors: 1 })),
  });
}
