/** Commands for reports: which there are, any of them, and the three about time by words of their own. */
import {
  formatBytes,
  OstlerError,
  ReportParameterName,
  ReportParameters,
  type ReportCell,
  type ReportResult,
  type ReportUnit,
} from '@ostler/contract';
import { text, texts, type ApiCommand, type CommandContext, type Values } from '../command.ts';
import { formatCsv, formatDuration, formatTable, type Column } from '../output.ts';
import { resolveId, type Kind } from '../resolve.ts';

type ReportRow = ReportResult['rows'][number];
type Given = Partial<Readonly<Record<ReportParameterName, string>>>;

/** What people name, and the site wants the id of. */
const namedKinds: Partial<Readonly<Record<ReportParameterName, Kind>>> = {
  deployment: 'deployment',
  taskSequence: 'task sequence',
  device: 'device',
};

/** For people; a spreadsheet gets the value as it is. */
const cellTexts: Readonly<Record<ReportUnit, (cell: string | number) => string>> = {
  text: String,
  count: String,
  ms: (cell) => formatDuration(Number(cell)),
  bytes: (cell) => formatBytes(Number(cell)),
  share: (cell) => `${(Number(cell) * 100).toFixed(1)} %`,
  time: (cell) => String(cell).slice(0, 19).replace('T', ' '),
};

function columnsOf({ columns }: ReportResult, show: (unit: ReportUnit, cell: string | number) => string | number): Column<ReportRow>[] {
  return columns.map(({ key, title, unit }) => ({
    title,
    value: (row) => {
      const cell: ReportCell = row[key] ?? null;
      return cell === null ? null : show(unit, cell);
    },
  }));
}

export function reportText(result: ReportResult): string {
  const table = formatTable(
    result.rows,
    columnsOf(result, (unit, cell) => cellTexts[unit](cell)),
    'There is nothing to report.',
  );
  return [result.title, table, ...(result.more ? ['There are more rows: --limit N'] : [])].join('\n\n');
}

export function reportCsv(result: ReportResult): string {
  return formatCsv(
    result.rows,
    columnsOf(result, (_unit, cell) => cell),
  );
}

/** Names become ids; the words of the rest are checked. @throws OstlerError BAD_REQUEST, NOT_FOUND, AMBIGUOUS_NAME */
async function parametersOf(context: CommandContext, given: Given): Promise<ReportParameters> {
  const resolved = await Promise.all(
    Object.entries(given).map(async ([name, value]) => {
      // Safe: the names were checked when they were read.
      const kind = namedKinds[name as ReportParameterName];
      return [name, kind === undefined ? value : await resolveId(context, kind, value)] as const;
    }),
  );
  const parsed = ReportParameters.safeParse(Object.fromEntries(resolved));
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new OstlerError('BAD_REQUEST', { problem });
}

async function printReport(context: CommandContext, name: string, given: Given, values: Values): Promise<void> {
  const body = { parameters: await parametersOf(context, given), limit: Number(text(values, 'limit')) };
  const result = await context.client.call('reports.run', { params: { name }, body }, context.signal);
  context.output.result(result, () => (values['csv'] === true ? reportCsv(result) : reportText(result)));
}

/** `deployment=Install` … @throws OstlerError BAD_REQUEST */
export function readParameters(words: readonly string[]): Given {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      const name = ReportParameterName.safeParse(word.slice(0, at));
      if (at > 0 && name.success) return [name.data, word.slice(at + 1)];
      throw new OstlerError('BAD_REQUEST', {
        problem: `${word} is not PARAMETER=VALUE; parameters are ${ReportParameterName.options.join(', ')}`,
      });
    }),
  );
}

const outputOptions = { '--limit <n>': ['how many rows', '1000'], '--csv': 'as comma-separated values' } as const;
const chosenOptions = {
  '--deployment <deployment>': 'of this deployment',
  '--task-sequence <task-sequence>': 'of this task sequence',
  '--since <day>': 'from this day on, as 2026-12-01 (UTC); without a deployment or a task sequence the last 30 days',
  '--until <day>': 'up to this day and with it',
} as const;
const byOption = { '--by <what>': 'for each model or for each site (boundary group)' } as const;

/** A report that has a command of its own, whose options are its parameters. */
function ownCommand(name: string, summary: string, options: ApiCommand['options'], help: string): ApiCommand {
  return {
    words: `report ${name}`,
    summary,
    options: { ...chosenOptions, ...options, ...outputOptions },
    help,
    run: async (context, _args, values) => {
      const given = ReportParameterName.options.flatMap((each) => {
        const value = text(values, each);
        return value === undefined ? [] : [[each, value] as const];
      });
      await printReport(context, name, Object.fromEntries(given), values);
    },
  };
}

const stepHelp =
  'Percentiles are of the tries that succeeded, at most 2 % off; steps of one name are one. A run counts on the day it ends, as soon as it has ended.\n\n';

export const reportCommands: readonly ApiCommand[] = [
  {
    words: 'report list',
    summary: 'List the reports with their parameters',
    run: async ({ client, output, signal }) => {
      const { items } = await client.call('reports.list', {}, signal);
      output.result(items, () =>
        formatTable(
          items,
          [
            { title: 'NAME', value: ({ name }) => name },
            {
              title: 'PARAMETERS',
              value: ({ parameters }) => parameters.map((each) => (each.required ? each.name : `[${each.name}]`)).join(' '),
            },
            { title: 'WHAT IT SHOWS', value: ({ title }) => title },
          ],
          'There are no reports.',
        ),
      );
    },
  },
  {
    words: 'report run',
    summary: 'Run a report',
    arguments: ['<report>'],
    options: { '--param <parameter...>': 'PARAMETER=VALUE; computers, deployments and task sequences by name or id', ...outputOptions },
    help: `Which reports there are, and what each takes: ostler report list. Only what you may see is in it.

  ostler report run deployment-devices --param deployment="Install Debian" state=failed
  ostler report run installed-on --limit 100000 --csv > installed.csv
  ostler report run run-times --param minutes=90 since=2026-12-01`,
    run: async (context, [name = ''], values) => printReport(context, name, readParameters(texts(values, 'param')), values),
  },
  ownCommand(
    'step-times',
    'Show how long each step takes: half, 90 % and 95 % of its tries are not longer',
    { ...byOption, '--step <step>': 'only this step' },
    `${stepHelp}  ostler report step-times --deployment "Install Debian"\n  ostler report step-times --step "Apply Operating System Image" --by model`,
  ),
  ownCommand(
    'slowest-steps',
    'Show the steps that take longest',
    byOption,
    `${stepHelp}  ostler report slowest-steps --by site --since 2026-12-01`,
  ),
  ownCommand(
    'trend',
    'Show day by day or week by week how many runs have succeeded',
    { '--interval <interval>': ['day or week', 'day'] },
    'Days are those of UTC; a week begins on Monday.\n\n  ostler report trend --interval week --since 2026-09-01 --csv > trend.csv',
  ),
];
