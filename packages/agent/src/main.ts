/** Starts the agent: reads the world and puts the parts together. Exit code 0: it has handed over or is done; others: start it again. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defaultTransferPolicy } from '@ostler/content';
import { Environment, MacAddress, type DeviceFacts, type InventoryReport } from '@ostler/contract';
import { ownLibraries, runOnTerminal } from '@ostler/imaging';
import { runInBootImage, runInInstalledSystem, type AgentWorld } from './app.ts';
import { runClientCommand } from './client/commands.ts';
import { commandWorld, residentWorld } from './client/client-world.ts';
import { Bell, waitForRun } from './client/resident.ts';
import { networkBootEntry } from './boot-entries.ts';
import {
  installedConfig,
  installedDirectory,
  readAgentFile,
  readBootConfig,
  readClientFile,
  type AgentConfig,
  type AgentFile,
} from './config.ts';
import { createBootNetwork } from './boot-network.ts';
import { operatingSystemOf } from './conditions/operating-system.ts';
import { createContentAccess } from './content-access.ts';
import { cacheFolderName, ContentCache } from './content-cache.ts';
import { gatherFacts } from './facts/gather-facts.ts';
import { gatherInventory } from './facts/gather-inventory.ts';
import { realImaging } from './imaging-operations.ts';
import { writeAgentFile } from './install-agent.ts';
import { RunLog, serviceLog } from './log.ts';
import { asInstalledSystem } from './report-inventory.ts';
import { currentBootEntry, restartComputer } from './restart.ts';
import type { RunDependencies } from './run-sequence.ts';
import { runTsenv } from './scripts/tsenv.ts';
import { socketVariable } from './scripts/variable-messages.ts';
import { Screen } from './screen/screen.ts';
import { hideLoginPrompt, showLoginPrompt } from './screen/login-prompt.ts';
import { kernelConsoles, openTerminals } from './screen/terminal.ts';
import { ServerLink } from './server-link.ts';
import { workDirectory } from './steps/package-folder.ts';
import { Target } from './target.ts';
import { trustSite } from './trust-site.ts';

const runDirectory = '/run/ostler';
/** In the installed system the disk has the state too: after this long the run goes on without the server. */
const installedPatienceMs = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { environment: { type: 'string' } } });
  const environment = Environment.parse(values.environment);
  // A restart of the computer ends the agent: the journal knows where to go on.
  process.once('SIGTERM', () => process.exit(143));
  const { signal } = new AbortController();
  if (environment === 'boot-image') await withWorld(await readBootConfig(), signal, ({ world }) => runInBootImage(world, signal));
  else await liveInInstalledSystem(signal);
}

/** The run that was left here; and where there is a client, every later one that the site has for this computer. */
async function liveInInstalledSystem(signal: AbortSignal): Promise<void> {
  const client = await readClientFile(installedDirectory);
  const bell = new Bell();
  process.on('SIGHUP', () => bell.ring());
  const log = serviceLog(
    () => new Date(),
    (line) => void process.stdout.write(line),
  );
  for (let run = await readAgentFile(installedDirectory); ;) {
    if (run !== null && (await runHere(run, signal)) === 'restarting') return;
    if (client === null) return;
    await trustSite(client.ca);
    const next = await waitForRun(await residentWorld(client, bell, log, signal), signal);
    if (next === 'restarting') return;
    await writeAgentFile('/', next);
    run = next;
  }
}

async function runHere(file: AgentFile, signal: AbortSignal): Promise<'ended' | 'restarting'> {
  const { key, runId, shownOnConsole } = file;
  return withWorld(installedConfig(file), signal, async ({ world, screen }) => {
    const parts = { imaging: realImaging, log: world.hello.log, signal };
    if (shownOnConsole) await hideLoginPrompt(parts);
    const end = await runInInstalledSystem(key, runId, world, signal);
    screen.close();
    if (shownOnConsole) await showLoginPrompt(parts);
    return end;
  });
}

interface Made {
  readonly world: AgentWorld;
  readonly screen: Screen;
}

async function withWorld<T>(config: AgentConfig, signal: AbortSignal, live: (made: Made) => Promise<T>): Promise<T> {
  await trustSite(config.ca);
  const made = await createWorld(config, signal);
  try {
    return await live(made);
  } catch (error) {
    made.world.hello.log.error({ err: error }, 'the agent has failed');
    throw error;
  } finally {
    made.screen.close();
  }
}

async function createWorld(config: AgentConfig, signal: AbortSignal): Promise<Made> {
  const log = new RunLog(() => new Date());
  const isBootImage = config.environment === 'boot-image';
  const consoles = isBootImage || config.shownOnConsole ? (process.env['OSTLER_CONSOLES']?.split(' ') ?? kernelConsoles()) : [];
  const screen = new Screen({ open: (onKey) => openTerminals(consoles, isBootImage ? onKey : null), nowMs: () => Date.now() });
  const onConnection = (problem: string | null): void => {
    screen.setNetworkProblem(problem);
  };
  const link = new ServerLink({ serverUrl: config.serverUrl, key: null, fetch: globalThis.fetch, onConnection, firstWaitMs: 500 });
  const facts = await gatherFacts({ root: '/', listDisks: () => realImaging.listDisks({ signal }) });
  const entry = config.environment === 'boot-image' ? await currentBootEntry() : (config.networkBootEntry ?? (await networkBootEntry()));
  const shell: AgentWorld['shell'] =
    config.environment === 'boot-image' && config.commandSupport ? (each) => screen.lend((path) => openShell(path, each)) : null;
  const debugConsole = { nextKey: isBootImage ? (each: AbortSignal) => screen.nextKey(each) : null, shell };
  const dependencies = runDependencies({ config, link, screen, debugConsole, log, facts, networkBootEntry: entry });
  const common = { environment: config.environment, networkBootEntry: entry, imaging: realImaging, log, signal };
  const world: AgentWorld = {
    screen,
    link,
    hello: { log, facts, bootMacAddress: bootMacAddress(config), bootImageId: config.bootImageId, claim: claimOfThisBoot() },
    gatherInventory: (each) => inventoryOf(config.environment, facts, each),
    dependencies,
    restart: (target) => restartComputer({ ...common, target }),
    failureShownSeconds: 900,
    messageShownSeconds: 10,
    askAgainSeconds: 60,
    network: config.environment === 'boot-image' ? createBootNetwork(realImaging, config.bootInterface) : null,
    failureToldSeconds: 20,
    shell,
  };
  return { world, screen };
}

async function inventoryOf(environment: Environment, facts: DeviceFacts, signal: AbortSignal): Promise<InventoryReport> {
  const hardware = await gatherInventory({ root: '/', facts, listDisks: () => realImaging.listDisks({ signal }) });
  if (environment === 'boot-image') return { hardware, operatingSystem: null };
  return { hardware, operatingSystem: asInstalledSystem(await operatingSystemOf({ family: 'linux', root: '/' }, signal)) };
}

/** On the same console, until the person leaves it. */
async function openShell(path: string, signal: AbortSignal): Promise<void> {
  await runOnTerminal('bash', ['-i'], path, signal);
}

type DependencyParts = Pick<RunDependencies, 'config' | 'screen' | 'debugConsole' | 'log' | 'facts'> & {
  readonly link: ServerLink;
  readonly networkBootEntry: number | null;
};

function runDependencies({ config, link, networkBootEntry, ...parts }: DependencyParts): AgentWorld['dependencies'] {
  return async (key, runId) => {
    const ownLink = link.withKey(key);
    const target = new Target({ imaging: realImaging, mountRoot: `${runDirectory}/target` });
    const cache = () => new ContentCache(join(workDirectory({ target, stateDirectory: config.stateDirectory }), cacheFolderName));
    return {
      ...parts,
      config,
      link: ownLink,
      content: createContentAccess({ link: ownLink, runId, fetch: globalThis.fetch, policy: defaultTransferPolicy, cache }),
      imaging: realImaging,
      target,
      program: { nodePath: process.execPath, bundlePath: fileURLToPath(import.meta.url), libraryPaths: ownLibraries() },
      handOver: {
        server: config.serverUrl,
        key,
        runId,
        ca: config.ca,
        bootImageId: config.bootImageId,
        networkBootEntry,
        shownOnConsole: true,
      },
      memoryDirectory: `${runDirectory}/memory`,
      reportEveryMs: 1000,
      shipLogEveryMs: 5000,
      heartbeatMs: 15_000,
      patienceMs: config.environment === 'boot-image' ? Number.POSITIVE_INFINITY : installedPatienceMs,
      nowMs: () => Date.now(),
    };
  };
}

/** The same for each start of the agent within one boot: to the server it stays the same machine. */
function claimOfThisBoot(): string {
  const path = `${runDirectory}/claim`;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const claim = randomBytes(16).toString('hex');
    mkdirSync(runDirectory, { recursive: true });
    writeFileSync(path, claim, { mode: 0o600 });
    return claim;
  }
}

function bootMacAddress(config: AgentConfig): string | null {
  if (config.environment !== 'boot-image') return null;
  try {
    return MacAddress.safeParse(readFileSync(`/sys/class/net/${config.bootInterface}/address`, 'utf8').trim()).data ?? null;
  } catch {
    return null;
  }
}

/** `agent.mjs tsenv …`: the program that scripts call. */
function tsenv(args: readonly string[]): Promise<number> {
  return runTsenv({
    args,
    socketPath: process.env[socketVariable],
    readInput: () => text(process.stdin),
    print: (each) => void process.stdout.write(each),
    complain: (each) => void process.stderr.write(each),
  });
}

// Only the agent itself may need libraries that its image lacks, not the programs that it starts.
delete process.env['LD_LIBRARY_PATH'];
const [mode, ...words] = process.argv.slice(2);
if (mode === 'tsenv') process.exit(await tsenv(words));
if (mode === 'client') process.exit(await runClientCommand(commandWorld(words, new AbortController().signal)));
await main();
process.exit(0);
