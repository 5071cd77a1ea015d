/** The ordinary local accounts of a Linux system, taken from one system's files and added to another's. */
import { chown } from 'node:fs/promises';
import { z } from 'zod';
import { readTreeFile, resolveInTree, writeTreeFile } from './tree-files.ts';

const Account = z.object({
  name: z.string(),
  uid: z.number(),
  gid: z.number(),
  fullName: z.string(),
  home: z.string(),
  shell: z.string(),
  /** The name of the account's own group. */
  group: z.string(),
  /** The rest of its line of shadow(5), its password's hash first. */
  shadow: z.string(),
});
export const Accounts = z.array(Account);
export type Account = z.output<typeof Account>;

/** Ordinary accounts begin at 1000, and end before nobody (login.defs(5)). */
const firstUid = 1000;
const lastUid = 59_999;

export async function readAccounts(root: string): Promise<Account[]> {
  const groups = new Map((await rows(root, 'etc/group')).map(([name = '', , gid]) => [Number(gid), name]));
  const shadows = new Map((await rows(root, 'etc/shadow')).map(([name = '', ...rest]) => [name, rest.join(':')]));
  const ordinary = (await rows(root, 'etc/passwd')).filter(([, , uid]) => Number(uid) >= firstUid && Number(uid) <= lastUid);
  return ordinary.map(([name = '', , uid, gid, fullName = '', home = '', shell = '']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    fullName,
    home,
    shell,
    group: groups.get(Number(gid)) ?? name,
    shadow: shadows.get(name) ?? '!:0:0:99999:7:::',
  }));
}

export interface AddedAccount {
  readonly before: Account;
  /** The numbers in the new system: another account there may have the old ones. */
  readonly uid: number;
  readonly gid: number;
}

/** Adds the accounts that the system lacks; one of the same name stays as the system has it. */
export async function addAccounts(root: string, accounts: readonly Account[]): Promise<AddedAccount[]> {
  const added: AddedAccount[] = [];
  for (const account of accounts) added.push(await addAccount(root, account));
  return added;
}

async function addAccount(root: string, account: Account): Promise<AddedAccount> {
  const users = await rows(root, 'etc/passwd');
  const known = users.find(([name]) => name === account.name);
  if (known !== undefined) return { before: account, uid: Number(known[2]), gid: Number(known[3]) };
  const groups = await rows(root, 'etc/group');
  const sameGroup = groups.find(([name]) => name === account.group);
  const gid = sameGroup === undefined ? freeNumber(account.gid, groups) : Number(sameGroup[2]);
  const uid = freeNumber(account.uid, users);
  if (sameGroup === undefined) {
    await append(root, 'etc/group', `${account.group}:x:${gid}:`, 0o644);
    if ((await readTreeFile(root, 'etc/gshadow')) !== undefined) await append(root, 'etc/gshadow', `${account.group}:!::`, 0o640);
  }
  await append(root, 'etc/passwd', [account.name, 'x', uid, gid, account.fullName, account.home, account.shell].join(':'), 0o644);
  await append(root, 'etc/shadow', `${account.name}:${account.shadow}`, 0o640);
  return { before: account, uid, gid };
}

function freeNumber(wanted: number, taken: readonly (readonly string[])[]): number {
  const numbers = new Set(taken.map(([, , number]) => Number(number)));
  let number = wanted;
  while (numbers.has(number)) number += 1;
  return number;
}

async function rows(root: string, path: string): Promise<string[][]> {
  const text = (await readTreeFile(root, path)) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

async function append(root: string, path: string, line: string, mode: number): Promise<void> {
  const before = (await readTreeFile(root, path)) ?? '';
  await writeTreeFile(root, path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`, mode);
  if (mode !== 0o640) return;
  const shadowGroup = (await rows(root, 'etc/group')).find(([name]) => name === 'shadow');
  await chown(await resolveInTree(root, path), 0, Number(shadowGroup?.[2] ?? 0));
}
