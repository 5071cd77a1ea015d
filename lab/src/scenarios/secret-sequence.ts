/**
 * The task sequence of the scenario secret-leak: each step takes a secret of its own, and the programs that it starts print what they are
 * given in every form they can. No secret stands in the definition itself.
 */
import { TaskSequenceDefinition } from '@ostler/contract';

/** What every secret begins with: where it is found, its end names the step. The characters are those that encodings change. */
export const secretStem = 'Quitte "5&<';
/** The name of the task sequence: no secret, and found everywhere. */
export const harmlessWord = 'Birnenmus 77';

/** Secret variables of the device. */
export const deviceSecrets = [
  'AdministratorWord',
  'ConditionWord',
  'CopyWord',
  'DynamicWord',
  'EdgeWord',
  'FailureWord',
  'FolderWord',
  'InstalledWord',
  'JoinWord',
  'LineWord',
  'PackageWord',
  'ParameterWord',
  'ScriptWord',
];
export const collectionSecret = 'CollectionWord';
export const askedSecret = 'AskedWord';
export const debuggerSecret = 'DebuggerWord';

export function secretOf(variable: string): string {
  return `${secretStem}${variable}`;
}

/** Prints its word as programs print words back: encoded, escaped, as UTF-16, and in two pieces. */
const say = String.raw`say() {
  printf '%s\n' "$1"
  printf '%s\n' "$1" >&2
  printf %s "$1" | base64
  printf 'admin:%s' "$1" | base64
  printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; echo
  printf %s "$1" | sed 's/./&\x00/g'; echo
  printf %s "$1" | sed 's/./&\x00/g' | base64
  printf %s "$1" | sed 's/ /%20/g; s/"/%22/g; s/&/%26/g; s/</%3C/g'; echo
  printf %s "$1" | sed 's/"/\\"/g'; echo
  printf %s "$1" | sed 's/[^A-Za-z0-9]/\\&/g'; echo
  printf %s "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g'; echo
  printf %s "$1" | head -c 14; sleep 1; printf '%s\n' "$1" | tail -c +15
}`;

/** In the place of programs that get a password: they print what they are given. mount(8) starts the first with a file of credentials. */
const talkativePrograms = String.raw`cat >/usr/sbin/mount.cifs <<'END'
#!/bin/sh
echo "mount.cifs $*"
cat "$(echo "$*" | sed 's/.*credentials=//; s/[ ,].*//')"
exit 32
END
cat >/usr/sbin/realm <<'END'
#!/bin/sh
echo "realm $*"
exec cat
END
chmod 755 /usr/sbin/mount.cifs /usr/sbin/realm`;

const readsSecrets = `${say}
say "$1"
say "$(tsenv get --secret ScriptWord)"
tsenv get --secret ScriptWord | tsenv set --secret Kept -
say '${harmlessWord}'
tsenv list`;

const folder = { path: '//lab-files/share', mountPoint: '/run/share', account: 'LAB\\lab', passwordVariable: 'FolderWord' };
const efi = { type: 'efi', fileSystem: 'fat32', size: 512, sizeUnits: 'MB' };

export interface SecretSequenceOptions {
  readonly imageId: string;
  readonly sshKey: string;
  /** A script that prints its arguments. */
  readonly packageId: string;
}

export function secretSequence({ imageId, sshKey, packageId }: SecretSequenceOptions): TaskSequenceDefinition {
  const script = (text: string) => ({ interpreter: 'sh', source: { kind: 'inline', script: text } });
  const administrator = { passwordVariable: 'AdministratorWord', sshAuthorizedKeys: [sshKey] };
  const partitions = [efi, { name: 'OS', fileSystem: 'ext4', size: 100, sizeUnits: 'percent' }];
  const inBootEnvironment = [
    step('run-script', 'Talkative programs', script(talkativePrograms)),
    line('Not met', 'true', { condition: { variable: 'ConditionWord', operator: 'equals', value: '%CopyWord%' } }),
    step('set-task-sequence-variable', 'Copy', { variable: 'Copy', value: '<%CopyWord%>', secret: true }),
    step('set-task-sequence-variable', 'Copy, not called secret', { variable: 'OtherCopy', value: '<%Copy%>' }),
    step('set-dynamic-variables', 'Dynamic', { rules: [{ variables: [{ name: 'Dynamic', value: '%DynamicWord%', secret: true }] }] }),
    line('Line', `${say}\nsay '%LineWord%'`, { options: { outputVariable: 'Captured' } }),
    line(
      'Other sources',
      "printf '%s\\n' '%AskedWord%' '%DebuggerWord%' '%CollectionWord%' '%Copy%' '%OtherCopy%' '%Dynamic%'; tsenv get --secret Captured",
    ),
    // The last 1000 characters of the output begin within the secret.
    line('Edge', "printf '%s%0990d' '%EdgeWord%' 0", { options: { outputVariable: 'Edge' } }),
    line('Says the edge', "printf '%s\\n' '%Edge%'"),
    step('run-script', 'Script', { ...script(readsSecrets), parameters: ['%ParameterWord%'] }),
    line('Failure', "printf '%s\\n' '%FailureWord%' >&2; exit 9", { continueOnError: true }),
    step('connect-to-network-folder', 'Folder', folder, { continueOnError: true }),
    step('format-and-partition-disk', 'Partition Disk', { style: 'gpt', partitions }),
    step('apply-operating-system-image', 'Apply Operating System', { imageId }),
    step('apply-os-settings', 'Apply OS Settings', { administrator }),
    line('Keep the screen', 'cat /dev/vcs1 >/root/screen', { options: { inTarget: true } }),
    step('setup-operating-system', 'Setup Operating System', {}),
  ];
  const join = { kind: 'domain', domain: 'lab.example', account: 'LAB\\joiner', passwordVariable: 'JoinWord' };
  const inInstalledSystem = [
    step('run-script', 'Talkative programs again', script(`${talkativePrograms}\n${say}\nsay "$(tsenv get --secret Kept)"`)),
    step('join-domain', 'Join', { join }),
    step('connect-to-network-folder', 'Folder again', folder, { continueOnError: true }),
    step('install-package', 'Package', { packageId, arguments: "'%PackageWord%'" }),
    line('In the installed system', `${say}\nsay '%InstalledWord%'; say '%Copy%'`, { options: { runAs: 'nobody' } }),
  ];
  const ask = { [askedSecret]: { secret: true } };
  return TaskSequenceDefinition.parse({ name: harmlessWord, ask, steps: [...inBootEnvironment, ...inInstalledSystem] });
}

function step(type: string, name: string, options: object, common: object = {}): object {
  return { type, name, ...common, options };
}

function line(
  name: string,
  commandLine: string,
  { options, ...common }: { readonly options?: object } & Record<string, unknown> = {},
): object {
  return step('run-command-line', name, { commandLine, ...options }, common);
}
