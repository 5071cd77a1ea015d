/**
 * The server's settings: one schema, from which `--help`, the reference page and the checks come.
 * Read once in main; reading the sources is load-config.ts.
 */
import { SealingKeySource } from '@ostler/contract';
import { z } from 'zod';

/** A list is written with commas in flags and in the environment, as a list in the file. */
const ListOfText = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean)
      : value,
  z.array(z.string().min(1)),
);
export const Port = z.coerce.number().int().min(0).max(65_535);
export const FilePath = z.string().startsWith('/', 'must be an absolute path').nullable().default(null);
const Ipv4 = z.ipv4().nullable().default(null);

const Dhcp = z.strictObject({
  mode: z
    .enum(['proxy', 'full', 'off'])
    .default('proxy')
    .describe(
      'proxy: answers PXE beside an existing DHCP server; full: hands out addresses on an isolated network; off: the existing server does it all',
    ),
  interface: z
    .string()
    .min(1)
    .max(15)
    .nullable()
    .default(null)
    .describe('Network interface that network boot answers on; null: the one that has the site’s address'),
  rangeStart: Ipv4.describe('First address to hand out; needed in mode full'),
  rangeEnd: Ipv4.describe('Last address to hand out; needed in mode full'),
  netmask: Ipv4.describe('Netmask of the network; null: that of the interface'),
  router: Ipv4.describe('Default gateway given to machines in mode full; null: none'),
  dnsServers: ListOfText.pipe(z.array(z.ipv4())).default([]).describe('Name servers given to machines in mode full'),
  leaseTime: z
    .string()
    .regex(/^(\d+[smhd]?|infinite)$/, 'must be a time such as 12h')
    .default('12h')
    .describe('How long a machine keeps its address in mode full'),
});

export const Settings = z.strictObject({
  dataDirectory: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .default('/var/lib/ostler')
    .describe('The one folder that holds everything of the site'),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .nullable()
    .default(null)
    .describe('PostgreSQL, for example postgres://ostler@localhost/ostler; null: SQLite in the data directory'),
  sharedDirectory: FilePath.describe(
    'Folder that all servers of the site see, for content, uploads, logs and keys, where several serve it together; null: this is the only one',
  ),
  listenAddress: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0').describe('Address to listen on; :: is every IPv4 and IPv6 address'),
  httpsPort: Port.default(8443).describe('Port of the API, of agents and of content (HTTPS)'),
  httpPort: Port.default(8080).describe('Port of boot files and boot scripts, and nothing else (plain HTTP)'),
  siteAddress: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be an IPv4 address or a host name')
    .nullable()
    .default(null)
    .describe(
      'Address or host name by which machines reach this server; null: the first IPv4 address of dhcp.interface, or of any interface but loopback',
    ),
  certificateFile: FilePath.describe('Your own certificate (PEM, with its chain), in place of one from the site’s CA'),
  keyFile: FilePath.describe('The key of certificateFile (PEM)'),
  caFile: FilePath.describe('The CA that certificateFile leads to (PEM): the boot image and the agent trust it alone'),
  dhcp: Dhcp.prefault({}),
  debianMirror: z
    .url()
    .default('http://deb.debian.org/debian')
    .describe('Where Debian packages come from for boot images and default images'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('How much the log (JSON lines on standard output) holds'),
  jobs: z
    .strictObject({
      concurrency: z.coerce.number().int().min(1).max(64).default(2).describe('Jobs (import, build, verify, backup) that run at a time'),
    })
    .prefault({}),
  content: z
    .strictObject({
      graceHours: z.coerce
        .number()
        .min(0)
        .max(8760)
        .default(24)
        .describe('Hours that content stays after the last thing that used it has been deleted'),
    })
    .prefault({}),
  webhooks: z
    .strictObject({
      allowedNetworks: ListOfText.pipe(z.array(z.union([z.cidrv4(), z.cidrv6()])))
        .default([])
        .describe(
          'Networks that webhooks may be sent to although they are loopback, link-local or a cloud’s metadata service, for example 127.0.0.0/8',
        ),
    })
    .prefault({}),
  otlpEndpoint: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe(
      'OpenTelemetry collector that traces are sent to (OTLP over HTTP), for example http://collector.example:4318; null: none are made',
    ),
  sealingKey: z
    .strictObject({
      source: SealingKeySource.default('file').describe(
        'Where the key that seals secrets is: file: secrets.key in the data directory, made at the first start; environment: OSTLER_SEALING_KEY, in base64; credential: ostler-sealing-key among systemd’s credentials; encrypted-credential: in credentialFile, opened by systemd-creds with the TPM or the host’s key',
      ),
      credentialFile: FilePath.describe('What `systemd-creds encrypt --name=ostler-sealing-key` wrote, for source encrypted-credential'),
    })
    .prefault({}),
  metricsToken: z
    .string()
    .min(16)
    .nullable()
    .default(null)
    .describe('Bearer token with which Prometheus may read /metrics; null: an administrator’s API token is needed'),
});
export type Settings = z.output<typeof Settings>;

/** Settings with what main found out about this computer. */
export type Config = Omit<Settings, 'siteAddress'> & { readonly siteAddress: string };

/** One setting: where it is in the settings, and its names in the three sources. */
export interface SettingEntry {
  readonly path: readonly string[];
  /** `dhcp.mode` in the file. */
  readonly name: string;
  /** `--dhcp-mode`. */
  readonly flag: string;
  /** `OSTLER_DHCP_MODE`. */
  readonly variable: string;
  readonly description: string;
  readonly defaultValue: unknown;
  readonly schema: z.ZodType;
}

/** Every setting in the order of the schema: what `--help` and the reference page print. */
export function listSettings(settings: z.ZodObject = Settings): readonly SettingEntry[] {
  // Safe: the members of a zod 4 object are zod 4 schemas.
  return Object.entries(settings.shape as Readonly<Record<string, z.ZodType>>).flatMap(([key, schema]) => {
    const group = groupShape(schema);
    if (group === undefined) return [entryOf([key], schema)];
    return Object.entries(group).map(([inner, innerSchema]) => entryOf([key, inner], innerSchema));
  });
}

function groupShape(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

function entryOf(path: readonly string[], schema: z.ZodType): SettingEntry {
  const words = path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  return {
    path,
    name: path.join('.'),
    flag: `--${words.join('-')}`,
    variable: `OSTLER_${words.join('_').toUpperCase()}`,
    description: schema.description ?? '',
    defaultValue: schema.parse(undefined),
    schema,
  };
}
