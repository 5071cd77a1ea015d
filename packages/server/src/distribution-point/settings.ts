/** The settings of a distribution point's own process: what it needs before it has asked its site. The rest the site says. */
import { z } from 'zod';
import { FilePath, Port } from '../config.ts';

export const PointSettings = z.strictObject({
  dataDirectory: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .default('/var/lib/ostler-distribution-point')
    .describe('The one folder that holds everything of the distribution point'),
  ticketFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('The ticket to enrol with, at the first start, or another one to enrol anew; the same again does nothing'),
  certificateFile: FilePath.describe(
    'Your own certificate (PEM, with its chain) from the CA that computers trust, in place of one that the site issues',
  ),
  keyFile: FilePath.describe('The key of certificateFile (PEM)'),
  listenAddress: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0').describe('Address to listen on; :: is every IPv4 and IPv6 address'),
  httpsPort: Port.nullable().default(null).describe('Port to listen on; null: that of the address that the site knows'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('How much the log (JSON lines on standard output) holds'),
  metricsToken: z
    .string()
    .min(16)
    .nullable()
    .default(null)
    .describe('Bearer token with which Prometheus may read /metrics; null: nobody may'),
});
export type PointSettings = z.output<typeof PointSettings>;
