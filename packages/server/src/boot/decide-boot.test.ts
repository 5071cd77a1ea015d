import { describe, expect, test } from 'vitest';
import { decideBoot, type BootFacts } from './decide-boot.ts';
import { stateOfNewMachine } from './unknown-computers.ts';

const environment = { bootImageId: 'boot-image-1', kernelSha256: 'a'.repeat(64), initramfsSha256: 'b'.repeat(64), kernelOptions: '' };
const approved: BootFacts = {
  deviceState: 'approved',
  run: null,
  requiredName: null,
  availableCount: 0,
  bootOnce: false,
  mayBeAwaited: false,
  next: null,
  settings: { unknownComputers: 'ignore', menuTimeoutSeconds: 10 },
  environment,
};
const policy = (unknownComputers: 'ignore' | 'menu' | 'approval') => ({ unknownComputers, menuTimeoutSeconds: 10 });
const run = (place: 'boot-image' | 'installed-os') => ({ taskSequenceName: 'S', environment: place });

const table: readonly [string, Partial<BootFacts>, string][] = [
  ['nothing deployed', {}, 'local-disk'],
  ['a required deployment', { requiredName: 'S' }, 'boot-environment'],
  ['available deployments', { availableCount: 2 }, 'menu'],
  ['once, with nothing deployed', { bootOnce: true }, 'boot-environment'],
  ['once, with a menu', { bootOnce: true, availableCount: 2 }, 'boot-environment'],
  ['once, blocked', { bootOnce: true, deviceState: 'blocked' }, 'local-disk'],
  ['required wins over available', { requiredName: 'S', availableCount: 2 }, 'boot-environment'],
  ['a run in the boot environment', { run: run('boot-image') }, 'boot-environment'],
  ['a run in the installed system', { run: run('installed-os'), requiredName: 'S' }, 'local-disk'],
  ['blocked', { deviceState: 'blocked', requiredName: 'S' }, 'local-disk'],
  ['blocked in the middle of a run', { deviceState: 'blocked', run: run('boot-image') }, 'local-disk'],
  ['pending', { deviceState: 'pending' }, 'wait-for-approval'],
  ['no id of its own', { deviceState: null }, 'local-disk'],
  ['unknown, ignored', { deviceState: 'unknown', requiredName: 'S' }, 'local-disk'],
  ['unknown, menu', { deviceState: 'unknown', availableCount: 1, settings: policy('menu') }, 'boot-environment'],
  ['unknown, required', { deviceState: 'unknown', requiredName: 'S', settings: policy('menu') }, 'boot-environment'],
  ['unknown, menu with nothing in it', { deviceState: 'unknown', settings: policy('menu') }, 'local-disk'],
  ['unknown, approval', { deviceState: 'unknown', settings: policy('approval') }, 'wait-for-approval'],
  ['unknown, running, ignored by now', { deviceState: 'unknown', run: run('boot-image') }, 'boot-environment'],
  ['no boot image', { requiredName: 'S', environment: null }, 'local-disk'],
];

describe('a machine that asks', () => {
  test.each(table)('with %s', (_what, changes, kind) => {
    expect(decideBoot({ ...approved, ...changes }).kind).toBe(kind);
  });

  test('is told that there is no boot image, and how to get one', () => {
    expect(decideBoot({ ...approved, requiredName: 'S', environment: null }).reason).toContain('run ostler boot-image build');
  });
});

test('a computer whose deployment is not due yet starts from its disk, and the log says until when', () => {
  const next = { name: 'Install', at: '2026-12-01T19:00:00.000Z', waitsForWindow: false };
  const decision = { kind: 'local-disk', reason: 'Nothing is to do before 2026-12-01T19:00:00.000Z: Install' };
  expect(decideBoot({ ...approved, next })).toEqual(decision);
  expect(decideBoot({ ...approved, deviceState: 'unknown', settings: policy('menu'), next })).toEqual(decision);
});

test('a computer whose deployment waits for a maintenance window is told so', () => {
  const next = { name: 'Install', at: '2026-12-01T19:00:00.000Z', waitsForWindow: true };
  const reason = 'Nothing is to do before 2026-12-01T19:00:00.000Z: Install waits for a maintenance window';
  expect(decideBoot({ ...approved, next }).reason).toBe(reason);
});

test('where machines are trusted by approval, an unknown one waits before it sees the menu', () => {
  expect(stateOfNewMachine({ unknownComputers: 'menu', trust: 'approval' })).toBe('pending');
  expect(stateOfNewMachine({ unknownComputers: 'menu', trust: 'automatic' })).toBe('unknown');
});
