/** What a system has that its network settings are written for: one program of each, as a path below its root. */
export const networkPrograms = {
  netplan: 'usr/sbin/netplan',
  'network-manager': 'usr/sbin/NetworkManager',
  ifupdown: 'usr/sbin/ifup',
  'systemd-networkd': 'usr/lib/systemd/systemd-networkd',
} as const;
