/**
 * Takes away from an installed tree what the boot environment never uses, unpacks its kernel modules (the squashfs
 * compresses them better and faster than xz) and adds the few links that it needs.
 */
import { glob, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { firmwareOf, isUselessModule, parseModulesDep, withDependencies } from './kernel-modules.ts';

/** Patterns relative to the tree, each with no use in the boot environment. */
const useless: readonly string[] = [
  'boot/*',
  'var/{log,cache,tmp}/*',
  'var/lib/{apt,systemd,initramfs-tools,ucf,pam,shells.state}',
  'var/lib/dpkg/{info,*-old,triggers}',
  'usr/share/{man,doc,locale,info,lintian,bash-completion,zsh,fish,bug,common-licenses,dbus-1,polkit-1,initramfs-tools,gdb,mime,java,maven-repo,metainfo,apport}',
  'usr/share/{python3,perl5,gcc,zoneinfo,i18n,debianutils,doc-base,menu,pixmaps,applications,keyrings,ieee-data}',
  'usr/share/initramfs*',
  'etc/{initramfs-tools,kernel,systemd,X11,init.d,rc*.d,cron*}',
  // Python comes with xfs_scrub_all, ICU with xfs_scrub and hivexml, GLib with nothing that is used here.
  'usr/bin/{python3*,py3*,pydoc3*,hivexml}',
  'usr/sbin/{xfs_scrub*,xfs_protofile,iconvconfig,locale-gen}',
  'usr/lib/{python3*,python3.*}',
  'usr/lib/x86_64-linux-gnu/{libicu*,libxml2*,libpython*,libglib-2*,libgio-2*,libgobject-2*,libgmodule-2*,libgthread-2*,glib-2.0}',
  'usr/lib/x86_64-linux-gnu/gconv/!(UTF-16.so|UTF-32.so|IBM437.so|IBM850.so|ISO8859-1.so|gconv-modules*)',
  // Of systemd only the device manager is used; names for hardware come from nowhere and are not needed.
  'usr/lib/systemd/!(systemd-udevd|network)',
  'usr/lib/udev/{hwdb.bin,hwdb.d}',
  'usr/lib/udev/rules.d/!(50-udev-default|*-dm*|60-block|60-cdrom_id|60-persistent-storage*|60-input-id|60-serial|64-btrfs|80-drivers).rules',
  'usr/bin/{systemd*,systemctl,journalctl,busctl,loginctl,networkctl,timedatectl,hostnamectl,localectl,varlinkctl,bootctl}',
  'usr/lib/{sysusers.d,tmpfiles.d,sysctl.d,environment.d,kernel,init,dracut,modprobe.d}',
  'usr/lib/ipxe',
  'usr/lib/grub/x86_64-efi/monolithic',
  'usr/lib/grub/x86_64-efi-signed/!(grubx64.efi.signed)',
  'usr/share/grub/!(unicode.pf2)',
  'usr/bin/grub-{fstest,glue-efi,kbdcomp,menulst2cfg,mkfont,mklayout,mknetdir,mkpasswd-pbkdf2,mkrescue,mount,render-label,syslinux2cfg}',
  'usr/{include,src,games}',
];

/** Programs of busybox that would do something else than a caller expects. */
const notToStandIn: ReadonlySet<string> = new Set(['init', 'linuxrc', 'dpkg', 'dpkg-deb', 'rpm', 'mkdosfs', 'mke2fs', 'telnetd', 'httpd']);

/** Prunes the tree in place. Runs depmod and xz of the tree itself. */
export async function pruneTree(root: string, kernelVersion: string, signal: AbortSignal): Promise<void> {
  for (const pattern of useless) {
    for await (const path of glob(pattern, { cwd: root })) {
      await rm(join(root, path), { recursive: true, force: true });
    }
  }
  await pruneModules(root, kernelVersion, signal);
  await pruneFirmware(root, kernelVersion);
  await addLinks(root, signal);
}

async function pruneModules(root: string, kernelVersion: string, signal: AbortSignal): Promise<void> {
  const modules = `usr/lib/modules/${kernelVersion}`;
  const unpack = `find /${modules} -name '*.ko.xz' -print0 | xargs -0 -r -n 100 -P 2 xz -d`;
  const dependencies = parseModulesDep(await readFile(join(root, modules, 'modules.dep'), 'utf8'));
  const softdep = await readFile(join(root, modules, 'modules.softdep'), 'utf8');
  const useful = [...dependencies.keys()].filter((path) => !isUselessModule(path));
  const kept = new Set(withDependencies(useful, dependencies, softdep));
  for await (const path of glob('kernel/**/*.ko*', { cwd: join(root, modules) })) {
    if (!kept.has(path.replace(/\.ko\.\w+$/, '.ko'))) await rm(join(root, modules, path));
  }
  await run('chroot', [root, 'sh', '-c', unpack], { signal });
  await run('chroot', [root, 'depmod', kernelVersion], { signal });
}

/** Keeps the firmware that a kept module may ask for. */
async function pruneFirmware(root: string, kernelVersion: string): Promise<void> {
  const firmware = join(root, 'usr/lib/firmware');
  const modules = join(root, 'usr/lib/modules', kernelVersion);
  const asked = new Set<string>();
  for await (const path of glob('kernel/**/*.ko', { cwd: modules })) {
    for (const name of firmwareOf(await readFile(join(modules, path)))) asked.add(name);
  }
  const entries = await readdir(firmware, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    // A link may lead to a folder of files with other names: what it leads to stays by its own name only.
    if (entry.isFile() && !asked.has(path.slice(firmware.length + 1))) await rm(path);
  }
}

async function addLinks(root: string, signal: AbortSignal): Promise<void> {
  // Network adapters keep the names that the first stage gave them: its lease is for such a name.
  await mkdir(join(root, 'etc/udev/rules.d'), { recursive: true });
  await symlink('/dev/null', join(root, 'etc/udev/rules.d/80-net-setup-link.rules'));
  // Busybox ends the machine by signals to process 1, which is ours, and stands in for small programs that are not there.
  for (const name of ['reboot', 'poweroff', 'halt']) await rm(join(root, 'usr/sbin', name), { force: true });
  const there = new Set([...(await readdir(join(root, 'usr/bin'))), ...(await readdir(join(root, 'usr/sbin')))]);
  const { stdout } = await run('chroot', [root, 'busybox', '--list'], { signal });
  const missing = stdout.split('\n').filter((name) => name !== '' && !there.has(name) && !notToStandIn.has(name));
  await Promise.all(missing.map((name) => symlink('busybox', join(root, 'usr/bin', name))));
  await rm(join(root, 'etc/resolv.conf'), { force: true });
  await symlink('/run/ostler/resolv.conf', join(root, 'etc/resolv.conf'));
  await writeFile(join(root, 'etc/hostname'), 'ostler-boot\n');
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost ostler-boot\n::1 localhost\n');
}
