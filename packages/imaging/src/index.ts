/** Disks, partitions, file systems, WIM images and boot loaders. Programs are started by run.ts alone. */
export * from './run.ts';
export * from './port.ts';
export * from './format-bytes.ts';
export * from './disk/disks.ts';
export * from './disk/partition-types.ts';
export * from './disk/partition-plan.ts';
export * from './disk/partition-variables.ts';
export * from './disk/partition-disk.ts';
export * from './disk/mounts.ts';
export type { WimCompression } from './wim/wim-header.ts';
export type { WimImage } from './wim/wim-xml.ts';
export * from './wim/wim-file.ts';
export * from './wim/wim.ts';
export { describeLinuxTree, type LinuxTree } from './target/linux-tree.ts';
export * from './target/boot-loader.ts';
export * from './target/os-settings.ts';
export * from './target/network-settings.ts';
export * from './target/generalize.ts';
