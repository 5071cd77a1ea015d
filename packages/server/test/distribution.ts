/** What tests of distribution points share: content rows, and a request for a certificate. */
// @peculiar/x509 finds its parts through the metadata that this adds to Reflect.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Database } from '../src/database/database.ts';

interface ContentRow {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A package in the database whose bytes are nowhere. */
export async function addContent({ sql }: Database, { id, name, sha256, sizeBytes }: ContentRow): Promise<void> {
  await sql.insertInto('content').values({ sha256, size_bytes: sizeBytes, stored_at: 1, unreferenced_at: null }).execute();
  const row = { id, name, kind: 'script', file_name: 'a.sh', sha256, size_bytes: sizeBytes, drivers: null, programs: '[]', created_at: 1 };
  await sql.insertInto('packages').values(row).execute();
  await sql.insertInto('content_references').values({ owner_kind: 'package', owner_id: id, sha256 }).execute();
}

export async function aCertificateRequest(): Promise<string> {
  const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=test', keys, signingAlgorithm }, webcrypto);
  return request.toString('pem');
}
