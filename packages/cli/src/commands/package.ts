/** Commands for packages and their programs. Their versions: package-versions.ts. Where their content is: distribution-point-content.ts. */
import { basename } from 'node:path';
import { CreatePackage, formatBytes, type Package, type PackageProgram } from '@ostler/contract';
import { describeCondition, parsePackagePrograms } from '@ostler/task-sequence';
import { text, type ApiCommand } from '../command.ts';
import { formatFacts, formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';
import { uploadFile } from '../upload-file.ts';

export const programsOption = { '--programs <file>': 'its programs, as YAML or JSON: all of them' };
export const commentOption = { '--comment <text>': 'why, kept with the new version' };
const programsHelp = `A program is one way to run the package; Install Package names it. What has none runs as its kind says.

  - name: Per machine
    commandLine: ./setup.sh --all-users
  - name: Server only
    commandLine: sh install-server.sh
    workingDirectory: server            # below the folder of the package's files
    requirements: { software: postgresql, version: { operator: greaterEqual, value: "15" } }
    successCodes: [0, 2, 3010]          # 3010 also asks for a restart`;

export const packageCommands: readonly ApiCommand[] = [
  {
    words: 'package list',
    summary: 'List packages',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('packages.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'KIND', value: ({ kind }) => kind },
            { title: 'VERSION', value: ({ version }) => version },
            { title: 'FILE', value: ({ fileName }) => fileName },
            { title: 'SIZE', value: ({ content }) => formatBytes(content.sizeBytes) },
            { title: 'PROGRAMS', value: ({ programs }) => programs.map(({ name }) => name).join(', ') || null },
          ],
          'There are no packages.',
        ),
      );
    },
  },
  {
    words: 'package show',
    summary: 'Show a package with its programs',
    arguments: ['<package>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'package', name);
      const found = await context.client.call('packages.get', { params: { id } }, context.signal);
      context.output.result(found, () => packageText(found));
    },
  },
  {
    words: 'package create',
    summary: 'Upload a .deb, an .rpm, a script or a tar archive for Install Package, Install Application and scripts',
    arguments: ['<file>'],
    options: {
      '--name <name>': 'what the package is called (default: the file’s name)',
      '--drivers': 'a driver package: a tar archive with drivers.json, firmware/ and .deb files',
      ...programsOption,
    },
    help: `The kind follows from the name: .deb, .rpm, .tar, .tar.zst, .tar.gz, .tgz, .tar.xz; anything else is a script that begins with #!.

${programsHelp}`,
    run: async (context, [file = ''], values) => {
      const fileName = basename(file);
      const kind = values['drivers'] === true ? 'drivers' : kindOf(fileName);
      CreatePackage.shape.fileName.parse(fileName);
      const programs = (await programsIn(text(values, 'programs'))) ?? [];
      const upload = await uploadFile(context, file);
      const body = { name: text(values, 'name') ?? fileName, kind, fileName, uploadId: upload.id, programs };
      const made = await context.client.call('packages.create', { body }, context.signal);
      context.output.result(made, () => `Package ${made.name}: ${made.id}.`);
    },
  },
  {
    words: 'package set',
    summary: 'Change the name or the programs of a package; other programs make a new version',
    arguments: ['<package>'],
    options: { '--name <name>': 'another name', ...programsOption, ...commentOption },
    help: `${programsHelp}\n\n  ostler package set Editor --programs editor.yaml`,
    run: async (context, [name = ''], values) => {
      const id = await resolveId(context, 'package', name);
      const [newName, programs] = [text(values, 'name'), await programsIn(text(values, 'programs'))];
      const comment = text(values, 'comment') ?? '';
      const body = { ...(newName === undefined ? {} : { name: newName }), ...(programs === undefined ? {} : { programs }), comment };
      const changed = await context.client.call('packages.update', { params: { id }, body }, context.signal);
      context.output.result(changed, () => packageText(changed));
    },
  },
  {
    words: 'package delete',
    summary: 'Delete a package that nothing uses, with every version',
    arguments: ['<package>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'package', name);
      await context.client.call('packages.delete', { params: { id } }, context.signal);
      context.output.result({ id }, () => `The package ${name} is deleted.`);
    },
  },
];

export async function programsIn(file: string | undefined): Promise<PackageProgram[] | undefined> {
  return file === undefined ? undefined : parsePackagePrograms(await readTextFile(file));
}

function kindOf(fileName: string): Package['kind'] {
  if (fileName.endsWith('.deb')) return 'deb';
  if (fileName.endsWith('.rpm')) return 'rpm';
  return /\.(?:tgz|tar(?:\.(?:zst|gz|xz|bz2))?)$/.test(fileName) ? 'archive' : 'script';
}

export function packageText({ programs, ...facts }: Package): string {
  const table = formatTable(
    programs,
    [
      { title: 'PROGRAM', value: ({ name }) => name },
      { title: 'COMMAND LINE', value: ({ commandLine }) => commandLine },
      { title: 'IN', value: ({ workingDirectory }) => workingDirectory || null },
      { title: 'WHERE', value: ({ requirements }) => (requirements === undefined ? null : describeCondition(requirements)) },
      { title: 'SUCCESS', value: ({ successCodes }) => successCodes.join(' ') },
    ],
    'It has no programs: it runs as its kind says.',
  );
  return `${formatFacts(facts)}\n\n${table}`;
}
