/** Accounts of an applied tree: its administrator, by the tree's own account programs, and ssh keys. */
import { chmod, chown, mkdir } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import type { RunInTree } from './chroot.ts';
import { hasProgram } from './linux-tree.ts';
import { readTreeFile, removeFromTree, resolveInTree, writeTreeFile } from './tree-files.ts';

/** root, or a named account that may use sudo. Without a password it has none that fits: only ssh keys let it in. */
export interface Administrator {
  readonly name: string;
  /** Plain text; it goes to the tree's own chpasswd on standard input, and nowhere else. */
  readonly password?: string;
  /** A finished crypt(5) hash instead. */
  readonly passwordHash?: string;
  readonly sshAuthorizedKeys: readonly string[];
}

const namePattern = /^[a-z_][a-z0-9_-]{0,31}$/;
const keyPattern = /^(?:(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+) [A-Za-z0-9+/=]+(?: [^\n\r]*)?$/;
const hashPattern = /^\$[\w.]+\$[\w./$=,-]+$/;

/** @throws OstlerError SETTING_INVALID */
export function checkAdministrator({ name, password, passwordHash, sshAuthorizedKeys }: Administrator): void {
  if (!namePattern.test(name)) {
    throw invalid('The administrator name', name, 'it must be lower-case letters, digits, - and _, at most 32, beginning with a letter.');
  }
  if (password !== undefined && (password === '' || /[\n\r\0]/.test(password))) {
    throw invalid('The administrator password', '(hidden)', 'it is empty or has a line break.');
  }
  if (passwordHash !== undefined && !hashPattern.test(passwordHash)) {
    throw invalid('The administrator password hash', '(hidden)', 'it is not a crypt(5) hash such as $6$….');
  }
  const badKey = sshAuthorizedKeys.find((key) => !keyPattern.test(key.trim()));
  if (badKey !== undefined)
    throw invalid('An ssh key', badKey.slice(0, 40), 'it must be one line of the form "ssh-ed25519 AAAA… comment".');
}

export async function applyAdministrator(root: string, administrator: Administrator, runInTree: RunInTree): Promise<void> {
  const { name, password, passwordHash } = administrator;
  if (name !== 'root') await makeAccount(root, administrator, runInTree);
  // "*" fits no password but is not the "!" of a locked account, which keeps ssh keys out too where PAM is off.
  await setPasswordHash(root, name, passwordHash ?? '*');
  if (password !== undefined) await runInTree('chpasswd', [], `${name}:${password}\n`);
  await addSshKeys(root, administrator);
}

async function makeAccount(root: string, { name, password, passwordHash }: Administrator, runInTree: RunInTree): Promise<void> {
  if (!(await hasProgram(root, 'sudo'))) throw invalid('The administrator name', name, 'only root is possible: the image has no sudo.');
  const passwd = (await readTreeFile(root, 'etc/passwd')) ?? '';
  if (!passwd.startsWith(`${name}:`) && !passwd.includes(`\n${name}:`)) {
    await runInTree('useradd', ['--create-home', '--shell', '/bin/bash', '--user-group', name]);
  }
  const groups = (await readTreeFile(root, 'etc/group')) ?? '';
  const group = ['sudo', 'wheel'].find((each) => new RegExp(`^${each}:`, 'm').test(groups));
  if (group !== undefined) await runInTree('usermod', ['--append', '--groups', group, name]);
  const rule = 'etc/sudoers.d/90-ostler-administrator';
  if (password === undefined && passwordHash === undefined) {
    await writeTreeFile(root, rule, `${name} ALL=(ALL:ALL) NOPASSWD: ALL\n`, 0o440);
  } else {
    await removeFromTree(root, rule);
  }
}

/** shadow(5): the second field is the hash, the third the day of the last change since 1970. */
async function setPasswordHash(root: string, name: string, hash: string): Promise<void> {
  const shadow = (await readTreeFile(root, 'etc/shadow')) ?? '';
  const day = Math.floor(Date.now() / 86_400_000);
  const lines = shadow.split('\n').map((line) => {
    const fields = line.split(':');
    return fields[0] === name ? [name, hash, day, ...fields.slice(3)].join(':') : line;
  });
  await writeTreeFile(root, 'etc/shadow', lines.join('\n'), 0o640);
  const group = /^shadow:[^:]*:(?<gid>\d+):/m.exec((await readTreeFile(root, 'etc/group')) ?? '')?.groups?.['gid'];
  await chown(await resolveInTree(root, 'etc/shadow'), 0, Number(group ?? 0));
}

async function addSshKeys(root: string, { name, sshAuthorizedKeys }: Administrator): Promise<void> {
  if (sshAuthorizedKeys.length === 0) return;
  const account = new RegExp(`^${name}:[^:]*:(?<uid>\\d+):(?<gid>\\d+):[^:]*:(?<home>[^:]*):`, 'm').exec(
    (await readTreeFile(root, 'etc/passwd')) ?? '',
  );
  const { uid = '0', gid = '0', home = '/root' } = account?.groups ?? {};
  const folder = await resolveInTree(root, `${home}/.ssh`);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const path = `${home}/.ssh/authorized_keys`;
  const before = ((await readTreeFile(root, path)) ?? '').split('\n').filter((line) => line !== '');
  const keys = [...new Set([...before, ...sshAuthorizedKeys.map((key) => key.trim())])];
  await writeTreeFile(root, path, `${keys.join('\n')}\n`, 0o600);
  for (const each of [folder, await resolveInTree(root, path)]) await chown(each, Number(uid), Number(gid));
}

function invalid(setting: string, value: string, problem: string): OstlerError {
  return new OstlerError('SETTING_INVALID', { setting, value, problem });
}
