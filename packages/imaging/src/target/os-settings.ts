/** Apply OS Settings: identity, locale and accounts of an applied Linux tree. */
import type { ImagingPort } from '../port.ts';

/** The administrator: root or a named account with sudo. Without a password it is locked; the password never reaches a log. */
export interface Administrator {
  readonly name: string;
  /** Plain password; hashed before it is written. */
  readonly password?: string;
  /** A finished crypt(5) hash instead of a password. */
  readonly passwordHash?: string;
  readonly sshAuthorizedKeys?: readonly string[];
}

export interface OsSettings {
  readonly computerName?: string;
  readonly domain?: string;
  /** IANA name such as Europe/Berlin. */
  readonly timeZone?: string;
  /** Such as de_DE.UTF-8. */
  readonly locale?: string;
  /** XKB layout such as de or us. */
  readonly keyboard?: string;
  readonly administrator?: Administrator;
}

export declare function applyOsSettings(root: string, settings: OsSettings, port: ImagingPort): Promise<void>;
