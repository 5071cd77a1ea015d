/** Disks, partitions, file systems, WIM images and boot loaders. Programs are started by run.ts alone. */
export * from './run.ts';
