/** What a machine that asks gets: decided by the server, told by the GRUB and iPXE scripts. */

/** What a script needs to start the boot environment. */
export interface BootEnvironment {
  readonly bootImageId: string;
  readonly kernelSha256: string;
  readonly initramfsSha256: string;
  /** The site's addition to the kernel command line; the contract limits its characters. */
  readonly kernelOptions: string;
}

/** `reason` is one line for the machine's screen and the server's log. */
export type BootDecision =
  | { readonly kind: 'boot-environment'; readonly reason: string; readonly environment: BootEnvironment }
  | { readonly kind: 'wait-for-approval'; readonly reason: string; readonly environment: BootEnvironment }
  | {
      readonly kind: 'menu';
      readonly reason: string;
      readonly environment: BootEnvironment;
      /** How long a person may press a key before the machine goes on to its disk. */
      readonly timeoutSeconds: number;
    }
  | { readonly kind: 'local-disk'; readonly reason: string };
