/** The rule that names computers which nobody has named: text with parts in braces (feature map §1.15). */
import { z } from 'zod';

/** What a part stands for; `:8` behind it: at most eight characters of it, of the counter at least as many digits. */
export const namingParts = ['serial', 'asset', 'mac', 'model', 'counter'] as const;
export type NamingPart = (typeof namingParts)[number];

const part = String.raw`\{(?:${namingParts.join('|')})(?::(?:[1-9]|[1-5]\d|6[0-3]))?\}`;
const wholeRule = new RegExp(`^(?:[A-Za-z0-9-]|${part}){1,100}$`);

/** `PC-{serial:8}`, `LAB-{counter:3}`; empty: none. */
export const NamingRule = z
  .string()
  .max(200)
  .refine(
    (rule) => rule === '' || (wholeRule.test(rule) && rule.includes('{')),
    'is not letters, digits, dashes and parts such as {serial:8}, {asset}, {mac:6}, {model:4} or {counter:3}, one part at least',
  )
  .refine((rule) => rule.split('{counter').length <= 2, 'has two counters');
