/** Reads the settings: flags before environment before file before defaults. What they mean is config.ts. */
import { networkInterfaces } from 'node:os';
import { OstlerError } from '@ostler/contract';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { listSettings, Settings, type Config, type SettingEntry } from './config.ts';

export interface ConfigSources {
  /** Arguments after the subcommand. */
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @throws when the file cannot be read */
  readonly readFile: (path: string) => string;
}

interface Given {
  readonly value: unknown;
  readonly source: string;
}

/** @throws OstlerError CONFIGURATION_INVALID that names each wrong setting, where it was set, and what is wrong */
export function loadConfig(sources: ConfigSources): Config {
  const complete = readSettings(Settings, sources);
  const problems = problemsTogether(complete);
  if (problems.length > 0) throw invalid(problems);
  return Object.freeze({ ...complete, siteAddress: complete.siteAddress ?? ownIpv4Address(complete.dhcp.interface) });
}

/** Settings of any program, each from where it is set. @throws OstlerError CONFIGURATION_INVALID */
export function readSettings<S extends z.ZodObject>(schema: S, sources: ConfigSources): z.output<S> {
  const settings = listSettings(schema);
  const flags = readFlags(sources.flags, settings);
  const filePath = flags.get('--config') ?? sources.environment['OSTLER_CONFIG'];
  const file = filePath === undefined ? {} : readSettingsFile(filePath, sources.readFile, settings);
  const problems: string[] = [];
  const result: Record<string, unknown> = {};
  for (const setting of settings) {
    const given = findGiven(setting, flags, sources.environment, file, filePath ?? '');
    const parsed = setting.schema.safeParse(given?.value);
    if (parsed.success) put(result, setting.path, parsed.data);
    else problems.push(`${setting.name} (${given?.source ?? 'default'}): ${firstProblem(parsed.error)}`);
  }
  if (problems.length > 0) throw invalid(problems);
  // Safe: each leaf was parsed by its own schema, and put where the schema has it.
  return result as z.output<S>;
}

function readFlags(words: readonly string[], settings: readonly SettingEntry[]): ReadonlyMap<string, string> {
  const known = new Set(['--config', ...settings.map(({ flag }) => flag)]);
  const flags = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const [, flag, inline] = /^(--[^=]+)(?:=(.*))?$/s.exec(words[index] ?? '') ?? [];
    if (flag === undefined || !known.has(flag)) throw invalid([`${words[index] ?? ''} is not an option`]);
    if (inline === undefined) index += 1;
    const value = inline ?? words[index];
    if (value === undefined) throw invalid([`${flag} needs a value`]);
    flags.set(flag, value);
  }
  return flags;
}

function readSettingsFile(path: string, readFile: ConfigSources['readFile'], settings: readonly SettingEntry[]) {
  let content: unknown;
  try {
    content = parseYaml(readFile(path)) ?? {};
  } catch (error) {
    throw invalid([`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`], error);
  }
  const object = z.record(z.string(), z.unknown()).safeParse(content);
  if (!object.success) throw invalid([`${path} must hold settings, each as \`name: value\``]);
  const known = new Set(settings.map(({ name }) => name));
  const flat = flatten(
    object.data,
    new Set(settings.filter(({ path: parts }) => parts.length > 1).map(({ path: parts }) => parts[0] ?? '')),
  );
  const unknown = Object.keys(flat).filter((name) => !known.has(name));
  if (unknown.length > 0) throw invalid(unknown.map((name) => `${name} (${path}) is not a setting`));
  return flat;
}

/** `{ dhcp: { mode } }` to `{ 'dhcp.mode': … }`; a group that is not an object stays, and is then unknown. */
function flatten(object: Readonly<Record<string, unknown>>, groups: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) =>
      groups.has(key) && typeof value === 'object' && value !== null
        ? Object.entries(value).map(([inner, innerValue]) => [`${key}.${inner}`, innerValue])
        : [[key, value]],
    ),
  );
}

function findGiven(
  setting: SettingEntry,
  flags: ReadonlyMap<string, string>,
  environment: ConfigSources['environment'],
  file: Readonly<Record<string, unknown>>,
  filePath: string,
): Given | undefined {
  const flag = flags.get(setting.flag);
  if (flag !== undefined) return { value: fromText(flag), source: setting.flag };
  const variable = environment[setting.variable];
  if (variable !== undefined && variable !== '') return { value: fromText(variable), source: setting.variable };
  const inFile = file[setting.name];
  return inFile === undefined ? undefined : { value: inFile, source: filePath };
}

/** `null` in a flag or a variable is the file's null: it takes back what a weaker source has set. */
function fromText(text: string): unknown {
  return text === 'null' ? null : text;
}

function put(target: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  if (second === undefined) {
    target[first] = value;
    return;
  }
  const group = { ...(target[first] as Record<string, unknown> | undefined), [second]: value };
  target[first] = group;
}

/** What is wrong with settings that are right one by one. */
function problemsTogether(settings: Settings): readonly string[] {
  const { certificateFile, keyFile, caFile, dhcp, httpsPort, httpPort, sharedDirectory, databaseUrl, sealingKey } = settings;
  const own = [certificateFile, keyFile, caFile].filter((path) => path !== null).length;
  return [
    ...(own === 0 || own === 3 ? [] : ['certificateFile, keyFile and caFile belong together: give all three or none']),
    ...(dhcp.mode === 'full' && (dhcp.rangeStart === null || dhcp.rangeEnd === null)
      ? ['dhcp.rangeStart and dhcp.rangeEnd are needed when dhcp.mode is full']
      : []),
    ...((sealingKey.source === 'encrypted-credential') === (sealingKey.credentialFile !== null)
      ? []
      : ['sealingKey.credentialFile and sealingKey.source encrypted-credential belong together']),
    ...(sharedDirectory !== null && databaseUrl === null
      ? ['sharedDirectory needs databaseUrl: several servers share one PostgreSQL']
      : []),
    ...(httpsPort === httpPort && httpPort !== 0 ? ['httpsPort and httpPort must differ'] : []),
  ];
}

/** Computers that boot from the network reach the server where network boot answers; another interface's address may lead nowhere for them. */
function ownIpv4Address(networkBootInterface: string | null): string {
  const interfaces = networkInterfaces();
  const named = networkBootInterface === null ? [] : (interfaces[networkBootInterface] ?? []);
  const others = Object.values(interfaces).flatMap((entries) => entries?.filter(({ internal }) => !internal) ?? []);
  return [...named, ...others].find(({ family }) => family === 'IPv4')?.address ?? '127.0.0.1';
}

function firstProblem({ issues }: z.ZodError): string {
  return issues.map(({ message, path }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ');
}

function invalid(problems: readonly string[], cause?: unknown): OstlerError {
  return new OstlerError('CONFIGURATION_INVALID', { problem: problems.join('; ') }, { cause });
}

/** The text of `--help`. */
export function describeSettings(settings: z.ZodObject = Settings): string {
  const lines = listSettings(settings).map(({ flag, variable, name, description, defaultValue }) =>
    [
      `  ${flag} VALUE`,
      `      ${description}.`,
      `      Default: ${showValue(defaultValue)}. In the file: ${name}. In the environment: ${variable}.`,
    ].join('\n'),
  );
  return ['  --config FILE', '      YAML file with settings. In the environment: OSTLER_CONFIG.', ...lines].join('\n');
}

function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
