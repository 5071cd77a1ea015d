/** What a report is made of. A further one is one entry in a table of definitions; the routes, the command line and the reference follow. */
import {
  OstlerError,
  ReportParameters,
  type Permission,
  type ReportCell,
  type ReportDescription,
  type ReportParameterName,
  type ReportUnit,
} from '@ostler/contract';
import type { RawBuilder, SqlBool } from 'kysely';
import type { Sight } from '../access/rights.ts';
import type { Queries } from '../devices/store.ts';

/** What the query of a report gets beside its parameters. */
export interface ReportSource {
  readonly sql: Queries;
  readonly nowMs: number;
  /** More rows are of no use. */
  readonly limit: number;
  /** For the `where`: the object whose id is in the column is one that the caller may see by this permission. */
  readonly within: (permission: Permission, column: string) => RawBuilder<SqlBool>;
  /** Where the caller has this permission. */
  readonly sight: (permission: Permission) => Sight;
}

type Wanted = Partial<Readonly<Record<ReportParameterName, 'required' | 'optional'>>>;
type ValuesOf<W extends Wanted> = {
  readonly [N in keyof W & ReportParameterName]: W[N] extends 'required' ? NonNullable<ReportParameters[N]> : ReportParameters[N];
};
type Columns = Readonly<Record<string, readonly [title: string, unit: ReportUnit]>>;
type RowOf<C extends Columns> = Readonly<Record<keyof C, ReportCell>>;

interface ReportDefinition<W extends Wanted, C extends Columns> {
  /** Words with hyphens. */
  readonly name: string;
  readonly title: string;
  readonly parameters: W;
  readonly columns: C;
  /** What people should know of it beside its title. */
  readonly note?: string;
  readonly rows: (source: ReportSource, values: ValuesOf<W>) => Promise<readonly RowOf<C>[]>;
}

export interface Report extends ReportDescription {
  /** @throws OstlerError REPORT_PARAMETER_MISSING, REPORT_PARAMETER_UNKNOWN */
  readonly rows: (source: ReportSource, given: ReportParameters) => Promise<readonly Readonly<Record<string, ReportCell>>[]>;
}

export function defineReport<const W extends Wanted, const C extends Columns>(definition: ReportDefinition<W, C>): Report {
  const { name, title, parameters, columns, note = '', rows } = definition;
  return {
    name,
    title,
    parameters: ReportParameters.keyof().options.flatMap((each) => {
      const wanted = parameters[each];
      const text = ReportParameters.shape[each].description ?? '';
      return wanted === undefined ? [] : [{ name: each, required: wanted === 'required', text }];
    }),
    columns: Object.entries(columns).map(([key, [columnTitle, unit]]) => ({ key, title: columnTitle, unit })),
    note,
    rows: (source, given) => {
      requireFitting(name, parameters, given);
      // Safe: what is required is there, and the rest of the names are the definition's own.
      return rows(source, given as ValuesOf<W>);
    },
  };
}

function requireFitting(name: string, parameters: Wanted, given: ReportParameters): void {
  for (const [parameter, wanted] of Object.entries(parameters)) {
    // Safe: the table's keys are names of parameters.
    if (wanted === 'required' && given[parameter as ReportParameterName] === undefined)
      throw new OstlerError('REPORT_PARAMETER_MISSING', { name, parameter });
  }
  const unknown = Object.entries(given).find(([parameter, value]) => value !== undefined && !(parameter in parameters));
  if (unknown !== undefined) throw new OstlerError('REPORT_PARAMETER_UNKNOWN', { name, parameter: unknown[0] });
}
