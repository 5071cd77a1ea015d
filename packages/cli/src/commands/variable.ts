/** Commands for the task sequence variables of computers and collections. */
import { OstlerError, type SetVariable, type Variable, type VariableSource } from '@ostler/contract';
import type { z } from 'zod';
import { text, texts, type ApiCommand, type Values } from '../command.ts';
import { formatTable } from '../output.ts';
import { readTextFile } from '../read-text-file.ts';
import { resolveId } from '../resolve.ts';

const owners = {
  device: { list: 'devices.variables', set: 'devices.setVariable', delete: 'devices.deleteVariable' },
  collection: { list: 'collections.variables', set: 'collections.setVariable', delete: 'collections.deleteVariable' },
} as const;

/** @throws OstlerError BAD_REQUEST unless exactly one of value, file and question is given */
async function variableToSet(value: string | undefined, values: Values): Promise<z.input<typeof SetVariable>> {
  const secretFile = text(values, 'secretFile');
  const asks = values['ask'] === true;
  const ofQuestion = ['prompt', 'choice', 'pattern', 'optional', 'secret'].filter((name) => values[name] !== undefined);
  if ([value !== undefined, secretFile !== undefined, asks].filter(Boolean).length !== 1)
    throw new OstlerError('BAD_REQUEST', { problem: 'give a value, --secret-file or --ask' });
  if (!asks && ofQuestion.length > 0) throw new OstlerError('BAD_REQUEST', { problem: `--${ofQuestion.join(', --')} needs --ask` });
  if (secretFile !== undefined) return { value: (await readTextFile(secretFile)).trimEnd(), secret: true };
  if (!asks) return { value: value ?? '' };
  const pattern = text(values, 'pattern');
  const question = {
    prompt: text(values, 'prompt') ?? '',
    choices: texts(values, 'choice'),
    optional: values['optional'] === true,
    ...(pattern === undefined ? {} : { pattern }),
  };
  return { value: '', secret: values['secret'] === true, question };
}

function shownValue({ value, secret, asked, question }: Variable): string | null {
  if (!asked) return secret ? '(secret)' : value;
  const kinds = [...(secret ? ['secret'] : []), ...(question?.optional === true ? ['optional'] : [])];
  return `(asked for${kinds.length === 0 ? '' : `, ${kinds.join(', ')}`})`;
}

function variableTable(variables: readonly Variable[]): string {
  return formatTable(
    variables,
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'VALUE', value: shownValue },
    ],
    'There are no variables.',
  );
}

/** What a run on the computer begins with. */
export const effectiveVariablesCommand: ApiCommand = {
  words: 'device effective-variables',
  summary: 'List the variables that a run on a computer begins with, and where each comes from',
  arguments: ['<device>'],
  help: `Of several that set the same variable, the collection with the higher priority wins, and the computer itself wins over its collections. Those of the
task sequence, which every other wins over, are not among them.`,
  run: async (context, [name = '']) => {
    const id = await resolveId(context, 'device', name);
    const { items } = await context.client.call('devices.effectiveVariables', { params: { id } }, context.signal);
    context.output.result(items, () =>
      formatTable(
        items,
        [
          { title: 'NAME', value: ({ name: variable }) => variable },
          { title: 'VALUE', value: shownValue },
          { title: 'FROM', value: ({ source }) => sourceText(source) },
          { title: 'WINS OVER', value: ({ overrides }) => overrides.map(sourceText).join(', ') || null },
        ],
        'Neither the computer nor a collection of it has variables.',
      ),
    );
  },
};

function sourceText({ kind, name }: VariableSource): string {
  return kind === 'device' ? 'the computer' : name;
}

export function variableCommands(owner: keyof typeof owners): readonly ApiCommand[] {
  const routes = owners[owner];
  return [
    {
      words: `${owner} variables`,
      summary: `List the task sequence variables of a ${owner}`,
      arguments: [`<${owner}>`],
      run: async (context, [name = '']) => {
        const id = await resolveId(context, owner, name);
        const { items } = await context.client.call(routes.list, { params: { id } }, context.signal);
        context.output.result(items, () => variableTable(items));
      },
    },
    setVariable(owner),
    {
      words: `${owner} delete-variable`,
      summary: `Delete a task sequence variable of a ${owner}`,
      arguments: [`<${owner}>`, '<variable>'],
      run: async (context, [name = '', variable = '']) => {
        const id = await resolveId(context, owner, name);
        await context.client.call(routes.delete, { params: { id, name: variable } }, context.signal);
        context.output.result({ id, variable }, () => `${variable} is deleted.`);
      },
    },
  ];
}

function setVariable(owner: keyof typeof owners): ApiCommand {
  return {
    words: `${owner} set-variable`,
    summary: `Set a task sequence variable of a ${owner}`,
    arguments: [`<${owner}>`, '<variable>', '[value]'],
    options: {
      '--secret-file <file>': 'take the value from a file, and keep it secret',
      '--ask': 'in place of a value: ask the person at the computer before the task sequence begins',
      '--prompt <text>': 'with --ask: what to type, in a sentence',
      '--choice <text...>': 'with --ask: the only answers',
      '--pattern <expression>': 'with --ask: a regular expression that the whole answer has to match',
      '--optional': 'with --ask: it may stay without a value',
      '--secret': 'with --ask: what is typed is secret',
    },
    help: `A secret is sealed on the server, fetched by the step that needs it, and shown nowhere.

A required deployment begins by itself, unless a variable is asked for that is not optional.

  ostler collection set-variable Lab OSDComputerName --ask --prompt 'Name on the label' --pattern 'PC-[0-9]{4}'
  ostler collection set-variable Lab AdminPassword --ask --secret`,
    run: async (context, [name = '', variable = '', value], values) => {
      const body = await variableToSet(value, values);
      const id = await resolveId(context, owner, name);
      const set = await context.client.call(owners[owner].set, { params: { id, name: variable }, body }, context.signal);
      context.output.result(set, () => `${set.name} is ${set.asked ? 'asked for' : 'set'}.`);
    },
  };
}
