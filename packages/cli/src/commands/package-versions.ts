/** Commands for the versions of a package. */
import { basename } from 'node:path';
import { AddPackageVersion, formatBytes, type PackageVersion } from '@ostler/contract';
import { text, type ApiCommand } from '../command.ts';
import { formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { uploadFile } from '../upload-file.ts';
import { commentOption, programsIn, programsOption } from './package.ts';

export const packageVersionCommands: readonly ApiCommand[] = [
  {
    words: 'package update',
    summary: 'Upload another file as the newest version of a package',
    arguments: ['<package>', '<file>'],
    options: { ...programsOption, ...commentOption },
    help: `Runs that have begun go on with the version they began with; all others get the new one. The file is of the package's kind.
Without --programs, those of the version before stay.

  ostler package update Editor editor_2.2_amd64.deb --comment "Mends the crash at start"`,
    run: async (context, [name = '', file = ''], values) => {
      const fileName = AddPackageVersion.shape.fileName.parse(basename(file));
      const id = await resolveId(context, 'package', name);
      const programs = await programsIn(text(values, 'programs'));
      const upload = await uploadFile(context, file);
      const comment = text(values, 'comment') ?? '';
      const body = { fileName, uploadId: upload.id, ...(programs === undefined ? {} : { programs }), comment };
      const made = await context.client.call('packages.addVersion', { params: { id }, body }, context.signal);
      context.output.result(made, () => `Package ${made.name}: version ${made.version} is the newest.`);
    },
  },
  {
    words: 'package versions',
    summary: 'List the versions of a package, newest first, and the runs that have each',
    arguments: ['<package>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'package', name);
      const { items } = await context.client.call('packages.versions', { params: { id } }, context.signal);
      context.output.result(items, () => versionsText(items));
    },
  },
  {
    words: 'package rollback',
    summary: 'Make an older version of a package the newest again, as a new version',
    arguments: ['<package>', '<version>'],
    options: { '--comment <text>': 'why (default: which version it is taken from)' },
    run: async (context, [name = '', version = ''], values) => {
      const id = await resolveId(context, 'package', name);
      const body = { version: Number(version), comment: text(values, 'comment') };
      const made = await context.client.call('packages.rollBack', { params: { id }, body }, context.signal);
      context.output.result(made, () => `Package ${made.name}: version ${made.version} is equal to version ${version}.`);
    },
  },
  {
    words: 'package delete-version',
    summary: 'Delete an older version of a package that no run has',
    arguments: ['<package>', '<version>'],
    help: 'Its content is deleted with it unless another version has the same: see ostler content collect --help.',
    run: async (context, [name = '', version = '']) => {
      const id = await resolveId(context, 'package', name);
      await context.client.call('packages.deleteVersion', { params: { id, version: Number(version) } }, context.signal);
      context.output.result({ id, version: Number(version) }, () => `Version ${version} of the package ${name} is deleted.`);
    },
  },
];

export function versionsText(versions: readonly PackageVersion[]): string {
  return formatTable(
    versions,
    [
      { title: 'VERSION', value: ({ version }) => version },
      { title: 'SAVED', value: ({ savedAt }) => savedAt },
      { title: 'BY', value: ({ savedBy }) => savedBy || null },
      { title: 'FILE', value: ({ fileName }) => fileName },
      { title: 'SIZE', value: ({ content }) => formatBytes(content.sizeBytes) },
      { title: 'SHA-256', value: ({ content }) => content.sha256.slice(0, 12) },
      { title: 'USED BY', value: ({ usedBy }) => usedBy.join(', ') || null },
      { title: 'COMMENT', value: ({ comment }) => comment || null },
    ],
    'There are no versions.',
  );
}
