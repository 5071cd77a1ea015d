import { NamingRule } from '@ostler/contract';
import { expect, it } from 'vitest';
import { aHello } from '../../../test/deployment-site.ts';
import { fillRule, nameOf } from './rule.ts';

const facts = {
  ...aHello().facts,
  firmware: 'uefi' as const,
  secureBoot: 'enabled' as const,
  serialNumber: 'PF-3XYZ12345',
  assetTag: 'To be filled by O.E.M.',
  model: 'Latitude 7440',
};

it.each([
  ['PC-{serial:8}', 'PC-XYZ12345'],
  ['{model:3}-{mac:6}', 'Lat-123456'],
  ['LAB-{counter:3}', 'LAB-007'],
  ['{counter}-{model:2}x', '7-Lax'],
  ['PC-{asset}', null],
  ['{serial}-{model}-{serial}-{model}-{serial}-{mac}', null],
])('%s names the computer %s', (rule, name) => {
  const pattern = fillRule(rule, facts);

  expect(pattern === null ? null : nameOf(pattern, 7)).toBe(name);
});

it.each(['', 'PC-{serial:8}', '{counter:3}'])('the rule "%s" is one', (rule) => {
  expect(NamingRule.safeParse(rule).success).toBe(true);
});

it.each(['PC', 'PC {serial}', '{host}', '{serial:0}', '{serial:64}', '{serial', '{counter}{counter}'])('the rule "%s" is none', (rule) => {
  expect(NamingRule.safeParse(rule).success).toBe(false);
});
