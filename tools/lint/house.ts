/** The house rules as a plugin of the linter: one file a rule, each with its test. .oxlintrc.json turns them on. */
import { layers } from './layers.ts';
import { noModuleState } from './no-module-state.ts';
import { oneSpawner } from './one-spawner.ts';
import { openingComment } from './opening-comment.ts';
import { roleNames } from './role-names.ts';
import { staticLogMessage } from './static-log-message.ts';
import { waitsTakeSignal } from './waits-take-signal.ts';

export default {
  meta: { name: 'house' },
  rules: {
    layers,
    'no-module-state': noModuleState,
    'one-spawner': oneSpawner,
    'opening-comment': openingComment,
    'role-names': roleNames,
    'static-log-message': staticLogMessage,
    'waits-take-signal': waitsTakeSignal,
  },
};
