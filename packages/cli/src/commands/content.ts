/** Commands for images, boot images and the content store. */
import { basename } from 'node:path';
import { formatBytes, type ContentDefect, type Job, type OperatingSystemImage } from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext } from '../command.ts';
import { followAndPrint } from '../follow-job.ts';
import { formatFacts, formatTable } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { uploadFile } from '../upload-file.ts';

const noWait = { '--no-wait': 'do not wait for the end of the job' };

function indexTable({ indexes }: OperatingSystemImage): string {
  return formatTable(
    indexes,
    [
      { title: 'INDEX', value: ({ index }) => index },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'SYSTEM', value: ({ family }) => family },
      { title: 'EDITION', value: ({ edition }) => edition },
      { title: 'ARCH', value: ({ architecture }) => architecture },
      { title: 'VERSION', value: ({ osVersion }) => osVersion },
      { title: 'LANGUAGES', value: ({ languages }) => languages.join(', ') },
      { title: 'SIZE', value: ({ sizeBytes }) => formatBytes(sizeBytes) },
    ],
    'The file holds no image.',
  );
}

function resultText({ result }: Job, key: string): string {
  const value = result?.[key];
  return typeof value === 'string' ? value : '';
}

function madeImage(job: Job): string {
  return `${job.subject} is ready: image ${resultText(job, 'imageId')}.`;
}

async function deleteThing(context: CommandContext, kind: 'image' | 'boot image', name: string): Promise<void> {
  const id = await resolveId(context, kind, name);
  const routes = { image: 'images.delete', 'boot image': 'bootImages.delete' } as const;
  await context.client.call(routes[kind], { params: { id } }, context.signal);
  context.output.result({ id }, () => `The ${kind} ${name} is deleted.`);
}

const imageCommands: readonly ApiCommand[] = [
  {
    words: 'image list',
    summary: 'List operating system images',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('images.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'NAME', value: ({ name }) => name },
            { title: 'ORIGIN', value: ({ origin }) => origin },
            { title: 'INDEXES', value: ({ indexes }) => indexes.length },
            { title: 'COMPRESSION', value: ({ compression }) => compression },
            { title: 'SIZE', value: ({ content }) => formatBytes(content.sizeBytes) },
            { title: 'CREATED', value: ({ createdAt }) => createdAt },
          ],
          'There are no images. Make one with: ostler image create debian',
        ),
      );
    },
  },
  {
    words: 'image show',
    summary: 'Show an image and what is inside',
    arguments: ['<image>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'image', name);
      const image = await context.client.call('images.get', { params: { id } }, context.signal);
      const { indexes: _indexes, content, ...facts } = image;
      context.output.result(
        image,
        () => `${formatFacts({ ...facts, sha256: content.sha256, size: formatBytes(content.sizeBytes) })}\n\n${indexTable(image)}`,
      );
    },
  },
  {
    words: 'image import',
    summary: 'Import a WIM file',
    arguments: ['<file>'],
    options: {
      '--name <name>': 'what the image is called (default: the file’s name)',
      '--description <text>': 'what it is for',
      '--on-server': 'the file is on the server; nothing is uploaded',
      ...noWait,
    },
    help: 'An upload that was cut goes on where it stopped.\n\n  ostler image import install.wim --name "Windows 11 24H2"',
    run: async (context, [file = ''], values) => {
      const name = text(values, 'name') ?? basename(file).replace(/\.wim$/i, '');
      const source = values['onServer'] === true ? { path: file } : { uploadId: (await uploadFile(context, file)).id };
      const job = await context.client.call(
        'images.import',
        { body: { name, description: text(values, 'description') ?? '', ...source } },
        context.signal,
      );
      await followAndPrint(context, job, values, madeImage);
    },
  },
  {
    words: 'image create',
    summary: 'Make a default operating system image',
    arguments: ['<distribution>'],
    options: {
      '--suite <name>': ['trixie or bookworm', 'trixie'],
      '--name <name>': 'what the image is called (default: distribution and suite)',
      '--package <name...>': 'more Debian packages inside',
      '--mirror <url>': 'where Debian packages come from',
      ...noWait,
    },
    help: '  ostler image create debian --suite trixie --package vim',
    run: async (context, [distribution = ''], values) => {
      const suite = text(values, 'suite') as 'trixie' | 'bookworm';
      const mirror = text(values, 'mirror');
      const body = {
        name: text(values, 'name') ?? `${distribution} ${suite}`,
        distribution: distribution as 'debian',
        suite,
        extraPackages: texts(values, 'package'),
        ...(mirror === undefined ? {} : { mirror }),
      };
      const job = await context.client.call('images.create', { body }, context.signal);
      await followAndPrint(context, job, values, madeImage);
    },
  },
  {
    words: 'image export',
    summary: 'Export one index of an image into a WIM of its own on the server',
    arguments: ['<image>', '<file>'],
    options: { '--index <n>': ['which index', '1'], ...noWait },
    run: async (context, [name = '', path = ''], values) => {
      const id = await resolveId(context, 'image', name);
      const job = await context.client.call(
        'images.export',
        { params: { id }, body: { index: Number(text(values, 'index')), path } },
        context.signal,
      );
      await followAndPrint(context, job, values, () => `Exported to ${path}.`);
    },
  },
  {
    words: 'image delete',
    summary: 'Delete an image that nothing uses',
    arguments: ['<image>'],
    run: (context, [name = '']) => deleteThing(context, 'image', name),
  },
];

function describeDefect({ sha256, problem, actual, usedBy }: ContentDefect): string {
  const users = usedBy.length === 0 ? 'used by nothing' : `used by ${usedBy.join(', ')}`;
  return `${sha256}  ${problem} (${actual}), ${users}`;
}

export const contentCommands: readonly ApiCommand[] = [
  ...imageCommands,
  {
    words: 'content verify',
    summary: 'Read every stored byte again and name each defect',
    options: noWait,
    run: async (context, _args, values) => {
      const job = await context.client.call('content.verify', {}, context.signal);
      await followAndPrint(context, job, values, ({ result }) => {
        const defects = (result?.['defects'] ?? []) as ContentDefect[];
        return defects.length === 0 ? 'Every piece of content is as it was stored.' : defects.map(describeDefect).join('\n');
      });
    },
  },
  {
    words: 'content collect',
    summary: 'Delete content that nothing refers to',
    options: { '--grace-hours <hours>': ['keep what lost its last reference within this time', '24'] },
    run: async ({ client, output, signal }, _args, values) => {
      const freed = await client.call('content.collect', { body: { graceHours: Number(text(values, 'graceHours')) } }, signal);
      output.result(freed, () => `${freed.deleted} pieces deleted, ${formatBytes(freed.freedBytes)} freed.`);
    },
  },
  {
    words: 'boot-image list',
    summary: 'List boot images, newest first',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('bootImages.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'ID', value: ({ id }) => id },
            { title: 'VERSION', value: ({ version }) => version },
            { title: 'IN USE', value: ({ inUse }) => (inUse ? 'yes' : '') },
            { title: 'KERNEL', value: ({ kernelVersion }) => kernelVersion },
            { title: 'INITRAMFS', value: ({ files }) => formatBytes(files['initramfs']?.sizeBytes ?? 0) },
            { title: 'SQUASHFS', value: ({ files }) => formatBytes(files['squashfs']?.sizeBytes ?? 0) },
            { title: 'CREATED', value: ({ createdAt }) => createdAt },
          ],
          'There is no boot image yet. Build it with: ostler boot-image build',
        ),
      );
    },
  },
  {
    words: 'boot-image build',
    summary: 'Build the boot image that computers start from the network; nothing to do if no input changed',
    options: {
      '--package <name...>': 'more Debian packages inside',
      '--firmware <name...>': 'Debian firmware packages inside',
      '--prestart <command>': 'run before the agent starts',
      '--command-support': 'a debug shell on the target: for testing only',
      '--mirror <url>': 'where Debian packages come from',
      '--force': 'build even if no input changed',
      ...noWait,
    },
    run: async (context, _args, values) => {
      const mirror = text(values, 'mirror');
      const options = {
        extraPackages: texts(values, 'package'),
        firmwarePackages: texts(values, 'firmware'),
        prestartCommand: text(values, 'prestart') ?? null,
        commandSupport: values['commandSupport'] === true,
        ...(mirror === undefined ? {} : { mirror }),
      };
      const job = await context.client.call('bootImages.build', { body: { options, force: values['force'] === true } }, context.signal);
      await followAndPrint(context, job, values, (ended) => `The boot image is ready: ${resultText(ended, 'bootImageId')}.`);
    },
  },
  {
    words: 'boot-image delete',
    summary: 'Delete a boot image that is not in use',
    arguments: ['<boot-image>'],
    run: (context, [name = '']) => deleteThing(context, 'boot image', name),
  },
];
