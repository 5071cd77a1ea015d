import { describe, expect, test } from 'vitest';
import {
  firmwareOf,
  isFirstStageModule,
  isUselessModule,
  moduleName,
  parseModulesDep,
  restrictModuleTexts,
  withDependencies,
} from './kernel-modules.ts';

const dep = `kernel/drivers/net/virtio_net.ko.xz: kernel/net/core/failover.ko.xz kernel/drivers/net/net_failover.ko.xz
kernel/net/core/failover.ko.xz:
kernel/drivers/net/net_failover.ko.xz: kernel/net/core/failover.ko.xz
kernel/drivers/net/ethernet/realtek/r8169.ko.xz:
kernel/drivers/net/phy/realtek.ko.xz:
kernel/sound/soundcore.ko.xz:
`;

describe('choosing modules', () => {
  test('a module comes with all that it needs', () => {
    const chosen = withDependencies(['kernel/drivers/net/virtio_net.ko'], parseModulesDep(dep), '');

    expect(chosen).toEqual(['kernel/drivers/net/net_failover.ko', 'kernel/drivers/net/virtio_net.ko', 'kernel/net/core/failover.ko']);
  });

  test('soft dependencies count, unknown ones do not', () => {
    const softdep = 'softdep r8169 pre: realtek post: not_there\n';

    const chosen = withDependencies(['kernel/drivers/net/ethernet/realtek/r8169.ko'], parseModulesDep(dep), softdep);

    expect(chosen).toEqual(['kernel/drivers/net/ethernet/realtek/r8169.ko', 'kernel/drivers/net/phy/realtek.ko']);
  });

  test('the first stage takes network adapters and no sound', () => {
    expect(isFirstStageModule('kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko')).toBe(true);
    expect(isFirstStageModule('kernel/drivers/net/virtio_net.ko')).toBe(true);
    expect(isFirstStageModule('kernel/sound/soundcore.ko')).toBe(false);
    expect(isUselessModule('kernel/sound/soundcore.ko')).toBe(true);
  });

  test.each([
    'kernel/drivers/nvme/host/nvme.ko',
    'kernel/drivers/scsi/megaraid/megaraid_sas.ko',
    'kernel/drivers/md/raid1.ko',
    'kernel/fs/xfs/xfs.ko',
  ])('the second stage keeps storage: %s', (path) => {
    expect(isUselessModule(path)).toBe(false);
  });

  test('modprobe reads only what was chosen', () => {
    const alias = '# Aliases\nalias virtio:d00000001v* virtio_net\nalias pci:v0000sound* soundcore\n';

    const texts = restrictModuleTexts(['kernel/drivers/net/virtio_net.ko'], parseModulesDep(dep), alias);

    expect(texts.alias).toBe('alias virtio:d00000001v* virtio_net\n');
    expect(texts.dep).toBe('kernel/drivers/net/virtio_net.ko: kernel/net/core/failover.ko kernel/drivers/net/net_failover.ko\n');
  });

  test('a dash in a file name is an underscore in the module name', () => {
    expect(moduleName('kernel/drivers/hid/hid-generic.ko.xz')).toBe('hid_generic');
  });
});

test('firmware names come from the .modinfo section', () => {
  const module = Buffer.from('\x7fELF\0license=GPL\0firmware=bnx2x/bnx2x-e2-7.13.21.0.fw\0firmware=tigon/tg3.bin\0alias=x\0', 'latin1');

  expect(firmwareOf(module)).toEqual(['bnx2x/bnx2x-e2-7.13.21.0.fw', 'tigon/tg3.bin']);
});
