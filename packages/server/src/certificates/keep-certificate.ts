/** Looks from time to time whether there is a newer certificate to serve, and puts it on the running server. */
import type { Server } from 'node:tls';
import type { Logger } from 'pino';
import { tlsOptions } from '../http/tls.ts';
import type { SiteCertificates } from './site-certificates.ts';

export interface CertificateKeeper {
  /** Looks now: for tests, and when names have changed. */
  refresh(): Promise<void>;
  stop(): void;
}

/** @param load answers the certificate to serve now, renewing it where that is due */
export function keepCertificate(
  server: Pick<Server, 'setSecureContext'>,
  first: SiteCertificates,
  load: () => Promise<SiteCertificates>,
  everyMs: number,
  log: Logger,
): CertificateKeeper {
  let served = first.current.certificate;
  const refresh = async (): Promise<void> => {
    const { current } = await load();
    if (current.certificate === served) return;
    server.setSecureContext({ cert: current.certificate, key: current.key, ...tlsOptions });
    served = current.certificate;
    log.info('a new server certificate is served');
  };
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => log.error({ err: error }, 'the server certificate could not be looked after'));
  }, everyMs);
  timer.unref();
  return { refresh, stop: () => clearInterval(timer) };
}
