/** What a default Debian image is made of: packages, sources, files. Building it is create-image.ts. */

export interface DebianImageOptions {
  readonly suite: string;
  readonly architecture: string;
  readonly extraPackages: readonly string[];
  readonly mirror: string;
}

const everywhere = [
  // Boots from any disk: drivers for all, not for the machine it was built on (MODULES=most is Debian's default).
  'initramfs-tools zstd kmod udev',
  'systemd systemd-sysv systemd-resolved systemd-timesyncd libpam-systemd dbus',
  'openssh-server openssh-client sudo',
  'e2fsprogs dosfstools fdisk efibootmgr grub2-common',
  'locales tzdata console-setup keyboard-configuration kbd',
  'ca-certificates curl less nano iproute2 iputils-ping netbase',
].flatMap((line) => line.split(' '));

/** grub-pc-bin, not grub-pc: the latter asks for a disk when it is installed. shim-signed: what Secure Boot starts. */
const byArchitecture: Readonly<Record<string, readonly string[]>> = {
  amd64: ['linux-image-amd64', 'grub-pc-bin', 'grub-efi-amd64-bin', 'grub-efi-amd64-signed', 'shim-signed'],
};

const suites: readonly string[] = ['trixie', 'bookworm'];

/** Whether a default image can be made of this. */
export function isSupported({ suite, architecture }: Pick<DebianImageOptions, 'suite' | 'architecture'>): boolean {
  return suites.includes(suite) && architecture in byArchitecture;
}

/** One-line sources (sources.list(5)): the release, its updates, its security updates. */
export function debianSources(mirror: string, suite: string): string[] {
  const base = mirror.replace(/\/+$/, '');
  // Debian's layout, which full mirrors keep: debian-security beside debian.
  const security = base.endsWith('/debian') ? `${base}-security` : 'http://deb.debian.org/debian-security';
  const components = suite === 'bookworm' ? 'main non-free-firmware' : 'main';
  return [
    `deb ${base} ${suite} ${components}`,
    `deb ${base} ${suite}-updates ${components}`,
    `deb ${security} ${suite}-security ${components}`,
  ];
}

/** Left out of the image to keep it small; licences stay. */
const withoutDocs = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/lintian/*',
];

/** mmdebstrap(1)'s arguments for a directory tree. */
export function mmdebstrapArgs(options: DebianImageOptions, target: string): string[] {
  const packages = [...everywhere, ...(byArchitecture[options.architecture] ?? []), ...options.extraPackages];
  return [
    '--variant=minbase',
    '--mode=root',
    '--format=directory',
    `--architectures=${options.architecture}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    '--aptopt=APT::Install-Recommends "false"',
    ...withoutDocs.map((line) => `--dpkgopt=${line}`),
    `--include=${packages.join(',')}`,
    options.suite,
    target,
    ...debianSources(options.mirror, options.suite),
  ];
}

/** How far a build is, in percent of mmdebstrap's time, by the beginning of the line it prints. */
export const mmdebstrapSteps: readonly { readonly line: string; readonly activity: string; readonly percent: number }[] = [
  { line: 'I: running apt-get update', activity: 'Reading the package lists', percent: 2 },
  { line: 'I: downloading packages', activity: 'Downloading packages', percent: 10 },
  { line: 'I: extracting archives', activity: 'Unpacking the base system', percent: 20 },
  { line: 'I: installing essential packages', activity: 'Installing the base system', percent: 30 },
  { line: 'I: installing remaining packages', activity: 'Installing kernel, boot loaders and programs', percent: 45 },
  { line: 'I: cleaning package lists', activity: 'Cleaning up', percent: 98 },
];

/** Every wired adapter by DHCP, until Apply Network Settings says otherwise (a file that sorts before this one). */
const dhcpNetwork = `[Match]
Type=ether
Kind=!*

[Network]
DHCP=yes
`;

export const units: readonly string[] = ['systemd-networkd.service', 'systemd-resolved.service', 'ssh.service'];

/** Files written into the tree, by path inside it. */
export const imageFiles: Readonly<Record<string, string>> = {
  'etc/systemd/network/90-dhcp.network': dhcpNetwork,
  'etc/hostname': 'debian\n',
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n',
  // Empty, not "uninitialized": the latter makes the first start ask questions on the console (machine-id(5)).
  'etc/machine-id': '',
  'etc/fstab': '',
  'etc/default/locale': 'LANG=C.UTF-8\n',
};

/** Removed: the identity of the machine that built it, and what only the build needed. */
export const leftOvers: readonly string[] = [
  'etc/apt/apt.conf.d/99mmdebstrap',
  'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
  'etc/.resolv.conf.systemd-resolved.bak',
  'var/lib/dbus/machine-id',
  'var/lib/systemd/random-seed',
  'var/log/apt/*',
  'var/log/*.log',
  'var/cache/apt/*.bin',
];
