/** What makes two computers of one image different: machine id and ssh host keys. Made anew at the first start. */
import { readdir } from 'node:fs/promises';
import { hasProgram } from './linux-tree.ts';
import { linkInTree, readTreeFile, removeFromTree, resolveInTree, writeTreeFile } from './tree-files.ts';

/**
 * Empties the machine id: systemd makes a new one at the next start (machine-id(5), "Initialization").
 * @returns the paths that changed
 */
export async function resetMachineId(root: string): Promise<string[]> {
  const changed: string[] = [];
  if ((await readTreeFile(root, 'etc/machine-id')) !== '') {
    await writeTreeFile(root, 'etc/machine-id', '', 0o444);
    changed.push('/etc/machine-id');
  }
  for (const path of ['var/lib/dbus/machine-id', 'var/lib/systemd/random-seed', 'var/lib/systemd/credential.secret']) {
    if (await removeFromTree(root, path)) changed.push(`/${path}`);
  }
  return changed;
}

const hostKeyUnit = 'etc/systemd/system/ostler-ssh-host-keys.service';

/** Not `ConditionFirstBoot`: a machine whose keys are lost later gets new ones too. */
const hostKeyUnitText = `[Unit]
Description=Make missing ssh host keys
Before=ssh.service sshd.service ssh.socket sshd.socket
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
After=systemd-random-seed.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
RemainAfterExit=yes

[Install]
WantedBy=multi-user.target ssh.service
`;

/**
 * Removes the ssh host keys and has new ones made before the ssh server starts.
 * @returns the paths that changed; none where there is no ssh server
 */
export async function resetSshHostKeys(root: string): Promise<string[]> {
  if (!(await hasProgram(root, 'sshd'))) return [];
  const names = await readdir(await resolveInTree(root, 'etc/ssh')).catch(() => []);
  const keys = names.filter((name) => /^ssh_host_.*_key(?:\.pub)?$/.test(name)).map((name) => `etc/ssh/${name}`);
  for (const path of keys) await removeFromTree(root, path);
  if (await hasProgram(root, 'systemctl')) {
    await writeTreeFile(root, hostKeyUnit, hostKeyUnitText, 0o644);
    for (const unit of ['multi-user.target', 'ssh.service']) {
      await linkInTree(root, `etc/systemd/system/${unit}.wants/ostler-ssh-host-keys.service`, `/${hostKeyUnit}`);
    }
  }
  return keys.map((path) => `/${path}`);
}
