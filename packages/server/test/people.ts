/** People of a test: what each may do, by the token that they send. The administrator is there; a test adds others. */
import { everyRight, type Rights } from '../src/access/rights.ts';
import type { Person, PersonLookup } from '../src/http/access.ts';

export interface People extends PersonLookup {
  readonly rights: Map<string, Rights>;
}

export function somePeople(): People {
  const rights = new Map([['admin', everyRight]]);
  const credential = { kind: 'token', id: 't' } as const;
  const common = { credential, mustChangePassword: false, mustSetSecondFactor: false };
  const find = (token: string): Person | null => {
    const own = rights.get(token);
    return own === undefined ? null : { accountId: token, name: token, ...common, rights: own };
  };
  return { rights, findByToken: (token) => Promise.resolve(find(token)) };
}
