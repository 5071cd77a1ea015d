/** Builds the boot environment: kernel, initramfs, squashfs and boot loaders from Debian packages. No server in it. */
export { buildBootImage, type BuildPlaces, type BuiltBootImage } from './build-boot-image.ts';
export { hashInputs, type BootImageInputs } from './hash-inputs.ts';
