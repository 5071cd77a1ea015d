/**
 * Who a run that has succeeded says its computer is for: the variables SMSTSUDAUsers and SMSTSAssignUsersMode (feature map §1.16), as they were at
 * its end, and as far as the site's setting lets a run say it. Nobody's identity is checked.
 */
import { namedUsersAtMost, UserName, type DeviceUserState, type UserAffinity } from '@ostler/contract';
import { longestValueChars, Variables } from '@ostler/task-sequence';
import { nameUsers } from '../devices/users/store.ts';
import type { Queries } from '../devices/store.ts';
import { journalOf, type RunRow } from '../runs/store.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { runVariables } from './assignment.ts';

/** What was said, and what became of it; `state` null: nothing, by the site's setting or since the mode is none that is known. */
export interface UsersOfRun {
  readonly state: DeviceUserState | null;
  readonly mode: string;
  /** Taken, whether new or not. */
  readonly userCount: number;
  /** Those that are no users' names, and what comes behind the hundredth: the computer wrote the journal, and may have been taken over. */
  readonly leftOutCount: number;
}

type Outcome = Readonly<Record<string, DeviceUserState | undefined>>;
/** By the site's setting and the mode in lower case. */
const outcomes: Readonly<Record<UserAffinity, Outcome>> = {
  ignore: {},
  approval: { auto: 'pending', pending: 'pending' },
  automatic: { auto: 'confirmed', pending: 'pending' },
};

/** Call it inside the transaction that ends the run. @returns null where the run says nothing of users */
export async function takeUsersOfRun(
  sql: Queries,
  run: RunRow,
  { affinity, seal, nowMs }: { readonly affinity: UserAffinity; readonly seal: SecretSeal; readonly nowMs: number },
): Promise<UsersOfRun | null> {
  const variables = await variablesAtEnd(sql, run, seal);
  const mode = valueOf(variables, 'SMSTSAssignUsersMode');
  const named = valueOf(variables, 'SMSTSUDAUsers')
    .split(',')
    .filter((name) => name.trim() !== '');
  if (named.length === 0 || mode === '' || mode.toLowerCase() === 'disabled') return null;
  const users = named.slice(0, namedUsersAtMost).flatMap((name) => UserName.safeParse(name).data ?? []);
  const state = outcomes[affinity][mode.toLowerCase()] ?? null;
  if (state !== null) {
    const naming = { source: 'task-sequence', by: run.task_sequence_name, runId: run.id, nowMs } as const;
    await nameUsers(sql, run.device_id, users, { state, ...naming });
  }
  return { state, mode, userCount: users.length, leftOutCount: named.length - users.length };
}

/** As the engine had them: what the run set wins over what it began with. Secret ones say nothing here. */
async function variablesAtEnd(sql: Queries, run: RunRow, seal: SecretSeal): Promise<Variables> {
  const before = (await runVariables(sql, run, seal)).filter(({ secret }) => !secret);
  const variables = new Variables(await Promise.all(before.map(async ({ name, secret, open }) => ({ name, secret, value: await open() }))));
  await variables.fromJournal(journalOf(run)?.variables ?? {}, { unseal: () => Promise.resolve('') });
  return variables;
}

/** An engine has no longer value. */
function valueOf(variables: Variables, name: string): string {
  return variables.expand((variables.get(name) ?? '').slice(0, longestValueChars)).trim();
}
