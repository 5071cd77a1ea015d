/** Which authorities the certificates of other servers may lead to. The site's own CA is for its machines, and not one of them. */
import { getCACertificates } from 'node:tls';

/** PEM, each once: those that Node brings, and those that this system's administrator has added. The first time it takes a third of a second. */
export function trustedAuthorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}
