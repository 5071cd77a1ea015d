/** `ostler task-sequence generate`: a template with its choices, from options or a file. */
import { templateNames } from '@ostler/contract';
import { parseTemplateChoices } from '@ostler/task-sequence';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId, type Kind } from '../resolve.ts';

export const generateCommand: ApiCommand = {
  words: 'task-sequence generate',
  summary: 'Make a task sequence from a template; edit it with export and update',
  arguments: ['<name>'],
  options: {
    '--template <name>': `${templateNames.join(', ')} (default: install-existing-image)`,
    '--choices <file>': 'more choices, as YAML or JSON; options win over it',
    '--image <image>': 'the operating system image to install',
    '--index <n>': 'which index of the image (default: 1)',
    '--disk <n>': 'the number of the disk (default: 0)',
    '--firmware <firmware>': 'any, bios or uefi (default: any)',
    '--file-system <name>': 'ext4, xfs or btrfs (default: ext4)',
    '--swap <megabytes>': 'a swap partition',
    '--encrypt <protector>': 'an encrypted disk: tpm, tpm-and-pin or recovery-key',
    '--partition <n>': 'refresh: the partition of the operating system',
    '--user-state <where>': 'refresh: keep the users’ folders, on-disk or in a state-store',
    '--domain <domain>': 'join this domain; the password is the variable OSDJoinPassword',
    '--domain-ou <ou>': 'in this organizational unit',
    '--domain-account <account>': 'with this account',
    '--package <package...>': 'packages to install',
    '--application <application...>': 'applications to install, in this order',
    '--keep-client': 'the computer keeps the client after the run',
    '--starts-in <where>': 'replace-capture: boot-image, or installed-os for computers with the client (default: boot-image)',
    '--updates <which>': 'install software updates: security or all',
    '--auto-drivers': 'apply the driver packages that fit the computer',
    '--driver-package <package...>': 'driver packages to apply whole',
    '--upgrade-package <package>': 'upgrade-in-place: the package with the installation files',
    '--captured-image <name>': 'build-and-capture: the name of the image that comes out',
    '--time-zone <zone>': 'for example Europe/Berlin',
    '--locale <locale>': 'for example de_DE.UTF-8',
    '--administrator <name>': 'the administrator’s account (default: root)',
    '--ssh-key <file...>': 'public keys that may sign in as the administrator',
  },
  help: `  ostler task-sequence generate "Install Debian" --image "debian trixie" --encrypt tpm --updates security
  ostler task-sequence generate "Refresh" --template refresh --image "debian trixie"
  ostler task-sequence generate "Office software" --template non-os --application Editor Browser

A choice that the template has no use for is refused. A file has the names of the API, for example a static address:

  network:
    adapters: [{ name: eth0, enableDhcp: false, addresses: [192.0.2.10/24], gateways: [192.0.2.1] }]`,
  run: async (context, [name = ''], values) => {
    const file = text(values, 'choices');
    const written = file === undefined ? '' : await readTextFile(file);
    const body = parseTemplateChoices(written, { ...(await choicesOf(context, values)), name });
    const made = await context.client.call('taskSequences.generate', { body }, context.signal);
    context.output.result(made, () => `Task sequence ${made.name}: ${made.id}, version ${made.version}.`);
  },
};

/** What was given, by the names of the API. */
async function choicesOf(context: CommandContext, values: Values): Promise<Record<string, unknown>> {
  const one = async (kind: Kind, option: string): Promise<string | undefined> => {
    const given = text(values, option);
    return given === undefined ? undefined : resolveId(context, kind, given);
  };
  const several = async (kind: Kind, option: string): Promise<string[] | undefined> => {
    const given = texts(values, option);
    return given.length === 0 ? undefined : Promise.all(given.map((each) => resolveId(context, kind, each)));
  };
  const sshKeys = texts(values, 'sshKey');
  const choices = {
    ...plainChoices(values),
    imageId: await one('image', 'image'),
    packageIds: await several('package', 'package'),
    applicationIds: await several('application', 'application'),
    driverPackageIds: await several('package', 'driverPackage'),
    upgradePackageId: await one('package', 'upgradePackage'),
    sshAuthorizedKeys: sshKeys.length === 0 ? undefined : await Promise.all(sshKeys.map(async (key) => (await readTextFile(key)).trim())),
  };
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
}

function plainChoices(values: Values): Record<string, unknown> {
  const number = (option: string): number | undefined => {
    const given = text(values, option);
    return given === undefined ? undefined : Number(given);
  };
  return {
    template: text(values, 'template'),
    imageIndex: number('index'),
    disk: number('disk'),
    partition: number('partition'),
    swapSizeMb: number('swap'),
    firmware: text(values, 'firmware'),
    fileSystem: text(values, 'fileSystem'),
    encryption: text(values, 'encrypt'),
    userState: text(values, 'userState'),
    updates: text(values, 'updates'),
    autoApplyDrivers: values['autoDrivers'] === true ? true : undefined,
    keepClient: values['keepClient'] === true ? true : undefined,
    startsIn: text(values, 'startsIn'),
    capturedImageName: text(values, 'capturedImage'),
    timeZone: text(values, 'timeZone'),
    locale: text(values, 'locale'),
    administratorName: text(values, 'administrator'),
    join: joinOf(values),
  };
}

function joinOf(values: Values): object | undefined {
  const domain = text(values, 'domain');
  if (domain === undefined) return undefined;
  return {
    kind: 'domain',
    domain,
    organizationalUnit: text(values, 'domainOu') ?? '',
    account: text(values, 'domainAccount') ?? '',
  };
}
