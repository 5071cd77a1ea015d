/**
 * Chooses kernel modules, from the text files that depmod writes (depmod(8), modules.dep(5)). Paths are relative to the
 * modules' folder, such as `kernel/drivers/net/virtio_net.ko`. Pure: reading and copying files is the caller's.
 */

/** What each module needs, directly and indirectly. */
export type ModuleDependencies = ReadonlyMap<string, readonly string[]>;

/** Parses modules.dep. A compression suffix is dropped: the tree's modules are unpacked. */
export function parseModulesDep(text: string): ModuleDependencies {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      const needs = line.slice(colon + 1).split(' ');
      return [withoutCompression(line.slice(0, colon)), needs.filter(Boolean).map(withoutCompression)];
    }),
  );
}

/** These modules and all that they need, soft dependencies included, sorted. */
export function withDependencies(chosen: readonly string[], dependencies: ModuleDependencies, softdepText: string): string[] {
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]));
  const soft = parseSoftDependencies(softdepText);
  const found = new Set<string>();
  const queue = [...chosen];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const softPaths = (soft.get(moduleName(path)) ?? []).map((name) => byName.get(name));
    queue.push(...(dependencies.get(path) ?? []), ...softPaths.filter((each) => each !== undefined));
  }
  return [...found].toSorted();
}

/** The first stage's modules: every Ethernet adapter, what leads to it, and the file systems of the second stage. */
export function isFirstStageModule(path: string): boolean {
  return firstStageFolders.some((folder) => path.startsWith(folder)) || firstStageModules.includes(moduleName(path));
}

/** Modules that a deployment never uses: they stay out of the second stage too. */
export function isUselessModule(path: string): boolean {
  return uselessFolders.some((folder) => path.startsWith(folder));
}

/** modules.dep and modules.alias for these modules only: modprobe reads them whole each time it runs. */
export function restrictModuleTexts(chosen: readonly string[], dependencies: ModuleDependencies, aliasText: string) {
  const names = new Set(chosen.map(moduleName));
  const dep = chosen.map((path) => `${path}:${(dependencies.get(path) ?? []).map((need) => ` ${need}`).join('')}`);
  const alias = aliasText.split('\n').filter((line) => names.has(line.slice(line.lastIndexOf(' ') + 1)));
  return { dep: `${dep.join('\n')}\n`, alias: `${alias.join('\n')}\n` };
}

/** The firmware files that a module may ask for, from its .modinfo section: `firmware=PATH` between zero bytes. */
export function firmwareOf(module: Buffer): string[] {
  const text = module.toString('latin1');
  return [...text.matchAll(/\0firmware=(?<path>[^\0]+)/g)].flatMap(({ groups }) => groups?.['path'] ?? []);
}

/** A module's name as the kernel has it. */
export function moduleName(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

function withoutCompression(path: string): string {
  return path.replace(/\.ko\.\w+$/, '.ko');
}

/** Lines such as `softdep ext4 pre: crc32c post: other`. */
function parseSoftDependencies(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [keyword, name, ...words] = line.split(/\s+/);
    if (keyword !== 'softdep' || name === undefined) continue;
    const needs = words.filter((word) => word !== '' && !word.endsWith(':')).map((word) => word.replaceAll('-', '_'));
    found.set(name, [...(found.get(name) ?? []), ...needs]);
  }
  return found;
}

const firstStageFolders: readonly string[] = [
  'kernel/drivers/net/ethernet/',
  'kernel/drivers/net/phy/',
  'kernel/drivers/net/mdio/',
  'kernel/drivers/net/usb/',
  'kernel/drivers/net/vmxnet3/',
  'kernel/drivers/net/hyperv/',
  'kernel/drivers/usb/host/',
  'kernel/drivers/hv/',
];

/** By name: buses that adapters sit on, adapters outside the folders, file systems, keyboards for the debug shell. */
const firstStageModules: readonly string[] = [
  'virtio_net',
  'xen_netfront',
  'pci_hyperv',
  'vmd',
  'loop',
  'squashfs',
  'overlay',
  'usbhid',
  'hid_generic',
  'hid_hyperv',
  'hyperv_keyboard',
  'i8042',
  'atkbd',
];

/** Folders, or beginnings of files. What a device would make the kernel load costs time at each start, the rest costs space. */
const uselessFolders: readonly string[] = [
  'kernel/sound/',
  'kernel/drivers/gpu/',
  'kernel/drivers/media/',
  'kernel/drivers/staging/',
  'kernel/drivers/iio/',
  'kernel/drivers/infiniband/',
  'kernel/drivers/isdn/',
  'kernel/drivers/bluetooth/',
  'kernel/drivers/nfc/',
  'kernel/drivers/net/wireless/',
  'kernel/drivers/net/wwan/',
  'kernel/drivers/net/can/',
  'kernel/drivers/net/ieee802154/',
  'kernel/drivers/net/hamradio/',
  'kernel/drivers/net/arcnet/',
  'kernel/drivers/net/wan/',
  'kernel/drivers/input/joystick/',
  'kernel/drivers/input/misc/',
  'kernel/drivers/input/mouse/',
  'kernel/drivers/input/touchscreen/',
  'kernel/drivers/accel/',
  'kernel/drivers/auxdisplay/',
  'kernel/drivers/block/drbd/',
  'kernel/drivers/block/floppy',
  'kernel/drivers/block/rbd',
  'kernel/drivers/comedi/',
  'kernel/drivers/crypto/',
  'kernel/drivers/firmware/efi/efi-pstore',
  'kernel/drivers/fpga/',
  'kernel/drivers/greybus/',
  'kernel/drivers/gnss/',
  'kernel/drivers/hwmon/',
  'kernel/drivers/leds/',
  'kernel/drivers/md/dm-vdo/',
  'kernel/drivers/mtd/',
  'kernel/drivers/parport/',
  'kernel/drivers/pcmcia/',
  'kernel/drivers/power/',
  'kernel/drivers/soundwire/',
  'kernel/drivers/target/',
  'kernel/drivers/video/',
  'kernel/drivers/w1/',
  'kernel/drivers/watchdog/',
  'kernel/lib/test_',
  'kernel/net/bluetooth/',
  'kernel/net/wireless/',
  'kernel/net/mac80211/',
  'kernel/net/mac802154/',
  'kernel/net/ieee802154/',
  'kernel/net/can/',
  'kernel/net/nfc/',
  'kernel/net/netfilter/',
  'kernel/net/ipv4/netfilter/',
  'kernel/net/ipv6/netfilter/',
  'kernel/net/bridge/netfilter/',
  'kernel/net/openvswitch/',
  'kernel/net/sched/',
  'kernel/net/sctp/',
  'kernel/net/tipc/',
  'kernel/net/rds/',
  'kernel/net/ax25/',
  'kernel/net/batman-adv/',
  'kernel/net/ceph/',
  'kernel/fs/afs/',
  'kernel/fs/bcachefs/',
  'kernel/fs/ceph/',
  'kernel/fs/coda/',
  'kernel/fs/gfs2/',
  'kernel/fs/jffs2/',
  'kernel/fs/ocfs2/',
  'kernel/fs/orangefs/',
  'kernel/fs/dlm/',
  'kernel/fs/nfsd/',
  'kernel/fs/ubifs/',
  'kernel/fs/smb/server/',
  'kernel/arch/x86/kvm/',
];
