/** The parts of templates that keep the users' folders: on the disk, or in a store at the site (feature map §4.5). */
import { group, step, type ChoicesOf, type NodeDraft } from './template.ts';

export type UserState = ChoicesOf<'refresh'>['userState'];

const groupName = { capture: 'Capture User Files and Settings', restore: 'Restore User Files and Settings' } as const;

/**
 * A capture that fails ends the run: the steps after it clear the disk. That a store is requested and never released does no harm,
 * the next run captures anew.
 */
export function captureUserState(where: UserState): NodeDraft | null {
  const capture = step('capture-user-state', 'Capture User Files and Settings', {});
  return group(groupName.capture, between(where, 'capture', capture));
}

/** A restore that fails does not keep the store from being released: its content stays for as long as the site retains it. */
export function restoreUserState(where: UserState): NodeDraft | null {
  const restore = step(
    'restore-user-state',
    'Restore User Files and Settings',
    {},
    where === 'state-store' ? { continueOnError: true } : {},
  );
  return group(groupName.restore, between(where, 'restore', restore));
}

function between(where: UserState, purpose: 'capture' | 'restore', inside: NodeDraft): NodeDraft[] {
  if (where === 'none') return [];
  if (where === 'on-disk') return [inside];
  return [
    step('request-state-store', 'Request User State Storage', { purpose }),
    inside,
    step('release-state-store', 'Release User State Storage', {}),
  ];
}
