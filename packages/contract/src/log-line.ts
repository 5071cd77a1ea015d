/**
 * The agent's log, line by line: written for people (time, level, sentence, fields), and read back for programs. Both directions stand
 * here, so that they cannot drift apart.
 */

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly level: LogLevel;
  /** A sentence without `name=`: where the first field begins, it ends. */
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const levelWords: Readonly<Record<LogLevel, string>> = { info: 'INFO ', warn: 'WARN ', error: 'ERROR' };
/** Words that need no quotation marks, and are no number or keyword of JSON. */
const bareWord = /^(?![\d.+-]+(?:[eE][\d+-]+)?$|true$|false$|null$)[\w@%+:,./-]+$/;

/** `2026-11-22T10:00:00.000Z INFO  step begins step="Apply image" number=3/7`, without the line's end. Fields that are undefined are left out. */
export function formatLogLine({ at, level, message, fields }: LogLine): string {
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${formatValue(value)}`);
  return `${at} ${levelWords[level]} ${message}${words.join('')}`;
}

/** null: not a line of this log. What was masked since reads as the mask. */
export function parseLogLine(text: string): LogLine | null {
  const found = /^(?<at>\d{4}-\S+Z) (?<level>INFO|WARN|ERROR) +(?<rest>.*)$/s.exec(text)?.groups;
  if (found === undefined) return null;
  const { at = '', level = '', rest = '' } = found;
  const begin = rest.search(/ \w+=/);
  const message = begin === -1 ? rest : rest.slice(0, begin);
  return { at, level: level.toLowerCase() as LogLevel, message, fields: begin === -1 ? {} : parseFields(rest.slice(begin)) };
}

function formatValue(value: unknown): string {
  if (typeof value === 'string' && bareWord.test(value)) return value;
  return JSON.stringify(value) ?? 'null';
}

/** @param text ` name=value name=value`; a value holds a blank only inside JSON's quotation marks */
function parseFields(text: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { groups } of text.matchAll(/ (?<name>\w+)=(?<value>(?:[^\s"]|"(?:[^"\\]|\\.)*")*)/gs)) {
    fields[groups?.['name'] ?? ''] = parseValue(groups?.['value'] ?? '');
  }
  return fields;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
