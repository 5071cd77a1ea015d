import { expect, it } from 'vitest';
import { dependentsText } from './device-actions.ts';

it('a deletion names what goes with the computer and what stays of it', () => {
  const goes = { variables: 2, users: 0, collectionRules: 0, inventoryChanges: 1, associations: ['old → new'] };

  expect(dependentsText({ goes, stays: { runs: 3, recoveryKeys: 1, stateStores: 0 } })).toEqual([
    'With it go variables: 2, changes of its inventory: 1, computer associations: 1.',
    '  old → new',
    'What stays of it: runs: 3, recovery keys: 1.',
  ]);
});
