/** Handlers of what distribution points call: enrolment, certificates, and the exchange of what is there with what should be. */
import { OstlerError } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import type { Caller, HandlersOf } from '../http/handlers.ts';
import { isoTime } from '../iso-time.ts';
import type { ContentTokenSigner } from './content-token.ts';
import { hostOf } from './host-of.ts';
import { findByTicket, spendTicket } from './enrolment.ts';
import { noteFoundPoint } from './note-lost.ts';
import { getPointRow } from './point-store.ts';
import { saveReport, wantedContent, type PointRow } from './wanted-content.ts';

export interface PointApiDependencies {
  readonly database: Database;
  readonly now: () => number;
  readonly tokens: ContentTokenSigner;
  /** A certificate for this host name or address. @throws OstlerError CERTIFICATE_NOT_ISSUABLE, CERTIFICATE_REQUEST_INVALID */
  readonly issueCertificate: (certificateRequest: string, hostName: string) => Promise<string>;
}

export function pointApiHandlers({ database: { sql }, now, tokens, issueCertificate }: PointApiDependencies): HandlersOf<'pointApi'> {
  return {
    'pointApi.enrol': async ({ body: { token, certificateRequest } }, { remoteAddress, log }) => {
      const { id, name, url } = await findByTicket(sql, token, now());
      // First what may be refused: a ticket is not spent on a mistake.
      const certificate = certificateRequest === null ? null : await issueCertificate(certificateRequest, hostOf(url));
      const key = await spendTicket(sql, token, now());
      log.info({ distributionPointId: id, distributionPointName: name, remoteAddress }, 'distribution point enrolled');
      return { distributionPointId: id, key, certificate };
    },
    'pointApi.renewCertificate': async ({ body }, { caller, log }) => {
      const { id, name, url } = await callingPoint(caller, (pointId) => getPointRow(sql, pointId));
      const certificate = await issueCertificate(body.certificateRequest, hostOf(url));
      log.info({ distributionPointId: id, distributionPointName: name }, 'certificate of a distribution point renewed');
      return { certificate };
    },
    'pointApi.sync': async ({ body }, { caller, log }) => {
      const row = await callingPoint(caller, (pointId) => getPointRow(sql, pointId));
      const nowMs = now();
      const found = await sql.transaction().execute(async (transaction) => {
        const seen = { last_seen_at: nowMs, free_bytes: body.freeBytes };
        await transaction.updateTable('distribution_points').set(seen).where('id', '=', row.id).execute();
        await saveReport(transaction, row, body);
        return noteFoundPoint(transaction, row, nowMs);
      });
      if (found) log.info({ distributionPointId: row.id, distributionPointName: row.name }, 'distribution point is heard of again');
      return {
        name: row.name,
        spaceReserveBytes: row.space_reserve_bytes,
        pullBytesPerSecond: row.pull_bytes_per_second,
        graceHours: row.grace_hours,
        contentTokenKey: tokens.publicKey,
        siteTime: isoTime(nowMs),
        content: await wantedContent(sql, row),
      };
    },
  };
}

/** @throws OstlerError FORBIDDEN for anybody else */
async function callingPoint(caller: Caller, find: (id: string) => Promise<PointRow>): Promise<PointRow> {
  if (caller.kind !== 'distribution-point') throw new OstlerError('FORBIDDEN', {});
  return find(caller.distributionPointId);
}
