/**
 * Puts the agent into an applied system, so that the run goes on there after the restart, and takes it away again. Everything is in one
 * folder, one unit and one command; when the run has ended nothing of it is left, or what the client needs where there is one.
 */
import { copyFile, mkdir, open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, writeFileAtomically } from './atomic-file.ts';
import { agentFileName, clientFileName, installedDirectory, type AgentFile, type ClientFile } from './config.ts';
import { cacheFolderName } from './content-cache.ts';
import { exists } from './exists.ts';

export const unitName = 'ostler-agent.service';
/** Libraries that the program needs and the image lacks. The agent takes the variable that names this folder out of its own environment. */
const librariesDirectory = `${installedDirectory}/lib`;
const unitPath = `etc/systemd/system/${unitName}`;
const wantsPath = `etc/systemd/system/multi-user.target.wants/${unitName}`;

/** What the administrator of a computer with a client calls. */
const commandPath = 'usr/local/sbin/ostler-client';

/** Paths inside a system that belong to the agent: never part of a captured image. */
export const agentPaths: readonly string[] = [installedDirectory, `/${unitPath}`, `/${wantsPath}`, `/${commandPath}`];

/** What stays of the agent's folder after a run where there is a client. Of the cache the client keeps what other runs need. */
const clientParts: readonly string[] = ['node', 'agent.mjs', 'lib', clientFileName, cacheFolderName];

/** The process ends with it when it has put another program in the place of its own, to be started again with that. */
export const replacedExitCode = 75;

/**
 * KillMode=mixed: at a restart the agent ends first, so that the end of its programs is not taken for a failed step.
 * Restart: a crashed agent goes on from its journal; exit code 0 means that it has ended by itself.
 * ExecReload: a client asks the site at once.
 * Nice: what a first start does beside it (making keys, caches) can wait; the run cannot.
 */
const unit = `[Unit]
Description=Ostler deployment agent
After=network.target systemd-user-sessions.service
Before=getty@tty1.service
ConditionPathExists=|${installedDirectory}/${agentFileName}
ConditionPathExists=|${installedDirectory}/${clientFileName}
StartLimitIntervalSec=0

[Service]
Type=exec
Environment=LD_LIBRARY_PATH=${librariesDirectory}
ExecStart=${installedDirectory}/node ${installedDirectory}/agent.mjs --environment installed-os
ExecReload=/bin/kill -HUP $MAINPID
Environment=HOME=/root
Restart=on-failure
RestartForceExitStatus=${replacedExitCode}
SuccessExitStatus=${replacedExitCode}
RestartSec=5
Nice=-10
KillMode=mixed
TimeoutStopSec=20
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
`;

export interface AgentProgram {
  readonly nodePath: string;
  readonly bundlePath: string;
  /** The libraries that Node itself uses here, beyond the C library. */
  readonly libraryPaths: readonly string[];
}

/** @param root where the applied system is mounted. */
export async function installAgent(root: string, program: AgentProgram, agentFile: AgentFile): Promise<void> {
  const folder = join(root, installedDirectory);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await copyWhole(program.nodePath, join(folder, 'node'));
  await copyWhole(program.bundlePath, join(folder, 'agent.mjs'));
  await installMissingLibraries(root, program.libraryPaths);
  await writeAgentFile(root, agentFile);
  await installUnit(root);
}

async function installUnit(root: string): Promise<void> {
  await writeFileAtomically(join(root, unitPath), unit, 0o644);
  await mkdir(join(root, wantsPath, '..'), { recursive: true });
  await rm(join(root, wantsPath), { force: true });
  await symlink(`/${unitPath}`, join(root, wantsPath));
  await syncFolder(dirname(join(root, wantsPath)));
}

/** The key and the run; written again before each restart, because the key may have changed. */
export async function writeAgentFile(root: string, agentFile: AgentFile): Promise<void> {
  await writeFileAtomically(join(root, installedDirectory, agentFileName), JSON.stringify(agentFile), 0o600);
}

const command = `#!/bin/sh
LD_LIBRARY_PATH=${librariesDirectory} exec ${installedDirectory}/node ${installedDirectory}/agent.mjs client "$@"
`;

/** Makes the agent that is in the system its client: it stays when no run is left. */
export async function installClient(root: string, clientFile: ClientFile): Promise<void> {
  await mkdir(join(root, commandPath, '..'), { recursive: true });
  await writeFileAtomically(join(root, commandPath), command, 0o755);
  await installUnit(root);
  await writeFileAtomically(join(root, installedDirectory, clientFileName), JSON.stringify(clientFile), 0o600);
}

/** The applied system has no client; an image may have come with the one of another computer. */
export async function removeClient(root: string): Promise<void> {
  for (const path of [join(installedDirectory, clientFileName), commandPath]) await rm(join(root, path), { force: true });
}

/** The run has ended: a client stays, without anything of the run; otherwise nothing of the agent does. @returns whether a client stays */
export async function leaveSystem(root: string): Promise<boolean> {
  const folder = join(root, installedDirectory);
  const stays = await exists(join(folder, clientFileName));
  if (!stays) await removeAgent(root);
  // The key first: without it nothing of the run begins again.
  else
    for (const name of [agentFileName, ...(await readdir(folder))])
      if (!clientParts.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  return stays;
}

/** Takes the agent out of a system that is mounted, or of the running one (`/`). */
export async function removeAgent(root: string): Promise<void> {
  for (const path of agentPaths.toReversed()) await rm(join(root, path), { recursive: true, force: true });
}

const libraryFolders = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'usr/lib64', 'lib64', 'usr/lib'];

/** The image's own library is always better: it was made for the image's C library. */
async function installMissingLibraries(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await Promise.all(libraryFolders.map((folder) => exists(join(root, folder, basename(path)))));
    if (found.includes(true)) continue;
    await mkdir(join(root, librariesDirectory), { recursive: true });
    await copyWhole(path, join(root, librariesDirectory, basename(path)));
  }
}

/** Settles once the copy is on the disk: the power may go as soon as the site has heard that the run goes on there. */
async function copyWhole(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.new`);
  {
    await using file = await open(`${to}.new`, 'r');
    await file.sync();
  }
  await rename(`${to}.new`, to);
  await syncFolder(dirname(to));
}
