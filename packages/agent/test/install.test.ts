/** A whole installation onto a real block device: real partitions, a real WIM, real downloads; only fstab and boot loader are left out. */
import { lstat, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeTraces } from '../src/end-run.ts';
import { handOver } from '../src/hand-over.ts';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { runSequence } from '../src/run-sequence.ts';
import { anInstallation } from './an-installation.ts';

const isRoot = process.getuid?.() === 0;

const steps = [
  {
    type: 'format-and-partition-disk',
    name: 'Partition',
    options: {
      style: 'gpt',
      partitions: [
        { type: 'efi', name: 'EFI', size: 40, sizeUnits: 'MB' },
        { name: 'Root', size: 100, sizeUnits: 'percent', variable: 'RootDevice' },
      ],
    },
  },
  { type: 'apply-operating-system-image', name: 'Apply', options: { imageId: 'image-1' } },
  { type: 'run-command-line', name: 'Inside', options: { commandLine: 'cat %OSDTargetSystemRoot%/etc/motd; echo %RootDevice%' } },
  { type: 'setup-operating-system', name: 'Setup', options: {} },
];

describe.skipIf(!isRoot)('an installation onto a real disk (needs root)', () => {
  test('lays the image down, puts the agent into it, and asks for the restart with everything on the disk', async () => {
    await using installation = await anInstallation(steps);
    const { site, signal } = installation;
    const dependencies = installation.start();

    const end = await runSequence(site.assignment!, dependencies, signal);
    await handOver(end, dependencies, signal);

    expect(end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(site.messages.find(({ stepName, kind }) => stepName === 'Apply' && kind === 'step-succeeded')?.facts).toMatchObject({
      image: 'Test',
      downloadBytes: site.contents.values().next().value?.length,
    });
    expect(site.messages.find(({ stepName, kind }) => stepName === 'Inside' && kind === 'step-succeeded')?.output).toBe(
      `from the image\n${installation.device}p2`,
    );
    const root = join(installation.folder, 'look');
    await realImaging.mountFileSystem({ device: `${installation.device}p2`, mountPoint: root }, { signal });
    expect(await readlink(join(root, 'link'))).toBe('etc/motd');
    expect((await readdir(join(root, 'var/lib/ostler'))).toSorted()).toEqual(
      expect.arrayContaining(['agent.json', 'agent.mjs', 'journal.json', 'messages.json', 'node']),
    );
    expect((await stat(join(root, 'var/lib/ostler/agent.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(root, 'var/lib/ostler/journal.json'), 'utf8')).toContain('"plannedRestart":true');
    expect((await lstat(join(root, 'etc/systemd/system/multi-user.target.wants/ostler-agent.service'))).isSymbolicLink()).toBe(true);
  });

  test('an agent that has taken itself off the disk is put on it again by a run that is begun again', async () => {
    await using installation = await anInstallation(steps);
    const { site, signal } = installation;
    const dependencies = installation.start();
    const end = await runSequence(site.assignment!, dependencies, signal);
    const look = join(installation.folder, 'look');
    const agentFiles = async (): Promise<string[]> => {
      await realImaging.mountFileSystem({ device: `${installation.device}p2`, mountPoint: look }, { signal });
      const found = await readdir(join(look, 'var/lib/ostler')).catch(() => []);
      await realImaging.unmountBelow(look);
      return found;
    };
    await handOver(end, dependencies, signal);
    await removeTraces(end.state, dependencies, signal);
    expect(await agentFiles()).toEqual([]);

    await handOver(end, dependencies, signal);

    expect(await agentFiles()).toEqual(expect.arrayContaining(['agent.json', 'agent.mjs', 'journal.json', 'node']));
  });

  test('a power cut in the middle of the apply: the next life wipes what was half there and goes on with the file it has', async () => {
    await using installation = await anInstallation(steps);
    const { site, signal } = installation;
    const power = new AbortController();
    const halfApplied: ImagingOperations['applyWimImage'] = async (request) => {
      await writeFile(join(request.target.path, 'half'), 'applied');
      power.abort(new Error('the power is cut'));
      throw power.signal.reason;
    };
    const first = installation.start({ applyWimImage: halfApplied });
    await expect(runSequence(site.assignment!, first, power.signal)).rejects.toThrow('the power is cut');
    await first.target.unmountAll();
    const downloads = site.contents.size;
    site.contents.clear();
    const dependencies = installation.start();
    const assignment = await dependencies.link.call('agent.run', { params: { id: 'run-1' } }, { signal, patienceMs: 1000 });

    const end = await runSequence(assignment, dependencies, signal);

    expect(downloads).toBe(1);
    expect(end.outcome).toMatchObject({ kind: 'restart' });
    const entries = await readdir(dependencies.target.rootPath);
    expect(entries).toContain('big');
    expect(entries).not.toContain('half');
    expect(await readdir(join(dependencies.target.rootPath, 'var/lib/ostler'))).not.toContain('applied.json');
  });

  test('a wrong image is not applied: the run fails with its hash, and the disk has no agent', async () => {
    await using installation = await anInstallation(steps);
    const { site, signal } = installation;
    for (const [sha256, bytes] of site.contents) site.contents.set(sha256, Buffer.concat([Buffer.from('x'), bytes.subarray(1)]));
    const dependencies = installation.start();

    const end = await runSequence(site.assignment!, dependencies, signal);
    await removeTraces(end.state, dependencies, signal);

    expect(end.outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'Apply', error: { code: 'CONTENT_HASH_MISMATCH' } } });
  });
});
