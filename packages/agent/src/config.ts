/** What the agent needs to know of the world: where it runs, its server, and what a previous life left for it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Id, OstlerError } from '@ostler/contract';
import { z } from 'zod';
import { exists } from './exists.ts';

/** Written by the first stage of the boot environment. */
const BootFile = z.object({ server: z.url(), bootImageId: Id, bootInterface: z.string(), commandSupport: z.boolean().default(false) });

/** Written by Setup Operating System: what the agent goes on with in the installed system. It holds the run's key, so mode 0600. */
export const AgentFile = z.object({
  server: z.url(),
  key: z.string(),
  runId: Id,
  ca: z.string(),
  bootImageId: Id.nullable(),
  /** The firmware's entry for the network, to restart into the boot environment with. */
  networkBootEntry: z.number().nullable(),
  /** False where a client begins a run on a computer that people use: the console stays theirs. */
  shownOnConsole: z.boolean().default(true),
});
export type AgentFile = z.output<typeof AgentFile>;

/** What makes the agent a resident of the system, beside any run: the client's own key, so mode 0600. */
export const ClientFile = z.object({
  server: z.url(),
  key: z.string(),
  ca: z.string(),
  networkBootEntry: z.number().nullable(),
});
export type ClientFile = z.output<typeof ClientFile>;

interface CommonConfig {
  readonly serverUrl: string;
  readonly ca: string;
  readonly bootImageId: string | null;
  /** Journal, unsent messages and log of this life of the agent. */
  readonly stateDirectory: string;
}
export interface BootImageConfig extends CommonConfig {
  readonly environment: 'boot-image';
  readonly bootInterface: string;
  /** A person at the computer may open a shell. */
  readonly commandSupport: boolean;
}
export interface InstalledConfig extends CommonConfig {
  readonly environment: 'installed-os';
  readonly key: string;
  readonly runId: string;
  readonly networkBootEntry: number | null;
  readonly shownOnConsole: boolean;
}
export type AgentConfig = BootImageConfig | InstalledConfig;

export const agentFileName = 'agent.json';
export const clientFileName = 'client.json';

/** The agent's folder in the installed system. It goes with the agent at the end of the run, unless that stays as the client. */
export const installedDirectory = '/var/lib/ostler';
const bootDirectory = '/run/ostler';

/** @throws OstlerError AGENT_CONFIGURATION_INVALID */
export async function readBootConfig(): Promise<BootImageConfig> {
  const boot = await readJson(`${bootDirectory}/boot.json`, BootFile);
  return {
    environment: 'boot-image',
    serverUrl: boot.server,
    ca: await readText(`${bootDirectory}/ca.pem`),
    bootImageId: boot.bootImageId,
    bootInterface: boot.bootInterface,
    commandSupport: boot.commandSupport,
    stateDirectory: `${bootDirectory}/state`,
  };
}

/** The run that was left to the agent of an installed system; null: there is none. @throws OstlerError AGENT_CONFIGURATION_INVALID */
export async function readAgentFile(folder: string): Promise<AgentFile | null> {
  const path = join(folder, agentFileName);
  return (await exists(path)) ? readJson(path, AgentFile) : null;
}

/** null: the system has no client. @throws OstlerError AGENT_CONFIGURATION_INVALID */
export async function readClientFile(folder: string): Promise<ClientFile | null> {
  const path = join(folder, clientFileName);
  return (await exists(path)) ? readJson(path, ClientFile) : null;
}

export function installedConfig({ server, ...rest }: AgentFile): InstalledConfig {
  return { environment: 'installed-os', serverUrl: server, stateDirectory: installedDirectory, ...rest };
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(path);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new OstlerError('AGENT_CONFIGURATION_INVALID', { path, problem: 'it is not as expected' }, { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new OstlerError('AGENT_CONFIGURATION_INVALID', { path, problem: (error as Error).message }, { cause: error });
  }
}
