/** Commands for task sequences in files: YAML and JSON are the same document; sequences of other products are imported. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { OstlerError, taskSequenceJsonSchema, type TaskSequence, type TaskSequenceDefinition } from '@ostler/contract';
import { assumedLookups, formatTaskSequence, parseTaskSequence, validateTaskSequence, type Problem } from '@ostler/task-sequence';
import { text, texts, type ApiCommand, type CommandContext, type LocalCommand, type Values } from '../command.ts';
import { readFileBytes, readTextFile } from '../read-text-file.ts';
import { resolveId, type Kind } from '../resolve.ts';
import { decisionsText } from './task-sequence-text.ts';

/** What `export` writes in front, so that `update` knows which version a file was made from. */
const versionLine = /^# Made from (?<id>sequence-\S+) version (?<version>\d+)\.$/m;
const comment = { '--comment <text>': 'why, for the history' } as const;

export const taskSequenceFileCommands: readonly (ApiCommand | LocalCommand)[] = [
  {
    words: 'task-sequence create',
    summary: 'Save a new task sequence from a YAML or JSON file',
    arguments: ['<file>'],
    options: comment,
    help: 'To begin with one that works: ostler task-sequence generate. For completion in an editor: ostler task-sequence schema.',
    run: async (context, [file = ''], values) => {
      const body = parseTaskSequence(await readTextFile(file));
      const saved = await context.client.call(
        'taskSequences.create',
        { query: { comment: text(values, 'comment') }, body },
        context.signal,
      );
      context.output.result(saved, () => savedText(saved));
    },
  },
  {
    words: 'task-sequence update',
    summary: 'Save a new version from a YAML or JSON file',
    arguments: ['<file>'],
    options: { ...comment, '--force': 'save also over versions that others saved since the file was exported' },
    help: `The file that export wrote names the version it was made from. When somebody has saved another one since,
the update is refused and says who and when; nobody's work is lost unseen.`,
    run: async (context, [file = ''], values) => {
      const source = await readTextFile(file);
      const body = parseTaskSequence(source);
      const made = versionLine.exec(source)?.groups;
      const id = made?.['id'] ?? (await resolveId(context, 'task sequence', body.name));
      const baseVersion = values['force'] === true ? undefined : made?.['version'];
      const query = { comment: text(values, 'comment'), baseVersion };
      const saved = await context.client.call('taskSequences.update', { params: { id }, query, body }, context.signal);
      context.output.result(saved, () => savedText(saved));
    },
  },
  {
    words: 'task-sequence validate',
    summary: 'Check a YAML or JSON file without saving it',
    arguments: ['<file>'],
    options: { '--offline': 'without a site: references to images and packages are not checked, and nothing is warned of' },
    help: 'A problem keeps the sequence from being saved. A warning does not: it is worth a look, and may well be meant.',
    runLocally: async ({ output, signal, connect }, [file = ''], values) => {
      const definition = parseTaskSequence(await readTextFile(file));
      const { problems, warnings } =
        values['offline'] === true
          ? { problems: validateTaskSequence(definition, assumedLookups(definition)), warnings: [] }
          : await (await connect()).client.call('taskSequences.validate', { body: definition }, signal);
      const warningLines = warnings.map((warning) => `Warning: ${sentence(warning)}`);
      if (problems.length > 0) {
        for (const line of warningLines) output.note(line);
        throw new OstlerError('TASK_SEQUENCE_INVALID', { name: definition.name, problems: problems.map(sentence).join('; ') });
      }
      output.result({ valid: true, warnings }, () => [`${definition.name} is valid.`, ...warningLines].join('\n'));
    },
  },
  {
    words: 'task-sequence export',
    summary: 'Write a task sequence as YAML, to edit it, keep it in git and update it from there',
    arguments: ['<task-sequence>', '[file]'],
    options: { '--version <n>': 'an older version' },
    run: async (context, [name = '', file], values) => {
      const id = await resolveId(context, 'task sequence', name);
      const query = { version: text(values, 'version') };
      const { version, definition } = await context.client.call('taskSequences.get', { params: { id }, query }, context.signal);
      const yaml = `# Made from ${id} version ${version}.\n${formatTaskSequence(definition)}`;
      if (file === undefined) context.output.result(definition, () => yaml.trimEnd());
      else await writeFile(file, yaml);
    },
  },
  {
    words: 'task-sequence import',
    summary: 'Save a task sequence from a file: YAML or JSON, or an export of Configuration Manager or MDT',
    arguments: ['<file>'],
    options: {
      ...comment,
      '--name <name>': 'from another product: its name here',
      '--sequence <name>': 'from another product: which one, when the zip holds several',
      '--image <id=image...>': 'from another product: an image of this site for an id there',
      '--package <id=package...>': 'from another product: a package of this site for an id there',
      '--application <name=application...>': 'from another product: an application of this site for a name there; the same name needs none',
      '--task-sequence <id=task-sequence...>': 'from another product: a task sequence of this site for a child there',
      '--dry-run': 'from another product: only show what would become of it',
      '--all': 'report also what was kept as it was',
    },
    help: `YAML and JSON make a new task sequence, or a new version of the one with its name.

Of Configuration Manager the exported .xml or .zip is read, of MDT the ts.xml of a task sequence. What has a counterpart
arrives as that; anything else becomes a disabled step that keeps its original text. The report names every step that is
not as it was. Passwords are never imported.

  ostler task-sequence import office.zip --image ABC00012=Windows11 --package ABC00034=Agent
  ostler task-sequence import '\\\\mdt\\share\\Control\\001\\ts.xml' --dry-run --all`,
    run: async (context, [file = ''], values) => {
      const bytes = await readFileBytes(file);
      if (isForeign(bytes)) await importForeign(context, file, bytes, values);
      else await importOwn(context, parseTaskSequence(bytes.toString('utf8')), values);
    },
  },
  {
    words: 'task-sequence schema',
    summary: 'Print the JSON Schema of a task sequence, for completion and checks in an editor',
    help: `  ostler task-sequence schema > task-sequence.schema.json

Then begin a YAML file with
  # yaml-language-server: $schema=task-sequence.schema.json
or a JSON file with
  { "$schema": "./task-sequence.schema.json", …`,
    runLocally: async ({ output }) => {
      const schema = taskSequenceJsonSchema();
      output.result(schema, () => JSON.stringify(schema, null, 2));
    },
  },
];

function sentence({ where, problem }: Pick<Problem, 'where' | 'problem'>): string {
  return where === '' ? problem : `${where}: ${problem}`;
}

function savedText({ name, id, version }: Pick<TaskSequence, 'name' | 'id' | 'version'>): string {
  return `Task sequence ${name}: ${id}, version ${version}.`;
}

/** A zip, or XML with or without a mark of its encoding. */
function isForeign(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 200).toString('latin1').replaceAll('\0', '');
  return start.startsWith('PK\u0003\u0004') || /^(?:\u00EF\u00BB\u00BF|\u00FF\u00FE|\u00FE\u00FF)?\s*</.test(start);
}

async function importForeign(context: CommandContext, file: string, bytes: Buffer, values: Values): Promise<void> {
  const body = {
    fileName: basename(file),
    contentBase64: bytes.toString('base64'),
    sequence: text(values, 'sequence'),
    name: text(values, 'name'),
    references: {
      ...(await references(context, 'image', texts(values, 'image'))),
      ...(await references(context, 'package', texts(values, 'package'))),
      ...(await references(context, 'application', texts(values, 'application'))),
      ...(await references(context, 'task sequence', texts(values, 'taskSequence'))),
    },
    save: values['dryRun'] !== true,
  };
  const imported = await context.client.call('taskSequences.import', { body }, context.signal);
  const { taskSequence, decisions } = imported;
  const saved = taskSequence === null ? 'Nothing was saved.' : savedText(taskSequence);
  context.output.result(imported, () => `${decisionsText(decisions, values['all'] === true)}\n${saved}`);
}

/** `ABC00012=Windows 11` as the id there with the id here. */
async function references(context: CommandContext, kind: Kind, given: readonly string[]): Promise<Record<string, string>> {
  const pairs = given.map(async (pair) => {
    const [original = '', ...name] = pair.split('=');
    return [original, await resolveId(context, kind, name.join('='))] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

async function importOwn(context: CommandContext, body: TaskSequenceDefinition, values: Values): Promise<void> {
  const { items } = await context.client.call('taskSequences.list', {}, context.signal);
  const existing = items.find(({ name }) => name === body.name);
  const query = { comment: text(values, 'comment') };
  const saved =
    existing === undefined
      ? await context.client.call('taskSequences.create', { query, body }, context.signal)
      : await context.client.call('taskSequences.update', { params: { id: existing.id }, query, body }, context.signal);
  context.output.result(saved, () => savedText(saved));
}
