/** What tests of distribution points share: content rows, and a request for a certificate. */
// @peculiar/x509 finds its parts through the metadata that this adds to Reflect.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Database } from '../src/database/database.ts';
import { newVersionRow } from '../src/packages/package-rows.ts';

interface ContentRow {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A package in the database whose bytes are nowhere. */
export async function addContent({ sql }: Database, { id, name, sha256, sizeBytes }: ContentRow): Promise<void> {
  await sql.insertInto('content').values({ sha256, size_bytes: sizeBytes, stored_at: 1, unreferenced_at: null }).execute();
  await sql.insertInto('packages').values({ id, name, kind: 'script', version: 1, created_at: 1 }).execute();
  const contents = { fileName: 'a.sh', content: { sha256, sizeBytes }, programs: [] };
  const version = newVersionRow(id, 1, contents, { savedBy: 'admin', comment: '', nowMs: 1 });
  await sql
    .insertInto('package_versions')
    .values({ ...version, revision: 0 })
    .execute();
  await sql.insertInto('content_references').values({ owner_kind: 'package-version', owner_id: version.id, sha256 }).execute();
}

export async function aCertificateRequest(): Promise<string> {
  const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=test', keys, signingAlgorithm }, webcrypto);
  return request.toString('pem');
}
