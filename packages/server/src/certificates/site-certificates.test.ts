import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { run } from '@ostler/imaging/run';
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../test/databases.ts';
import { runApp } from '../../test/running-app.ts';
import { keepCertificate } from './keep-certificate.ts';
import { aCertificateRequest } from '../../test/distribution.ts';
import { issueCertificate, loadOwnCertificates, loadSiteCertificates } from './site-certificates.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();
const names = ['ostler.example', '192.0.2.10', 'localhost'];

describe('the site’s certificates', () => {
  it('are made once: a CA for ten years and a certificate for every name, that OpenSSL accepts', async () => {
    await using folder = await temporaryDirectory();

    const first = await loadSiteCertificates(folder.path, names, nowMs);
    const again = await loadSiteCertificates(folder.path, names, nowMs);

    expect(again).toEqual(first);
    const ca = new X509Certificate(first.caPem);
    expect(ca.ca).toBe(true);
    expect(Date.parse(ca.validTo) - nowMs).toBeGreaterThan(3650 * dayMs);
    expect(Date.parse(ca.validFrom)).toBeLessThanOrEqual(nowMs - dayMs + 1000);
    const server = new X509Certificate(first.current.certificate);
    expect((Date.parse(server.validTo) - Date.parse(server.validFrom)) / dayMs).toBeCloseTo(398, 1);
    expect(server.checkHost('ostler.example')).toBe('ostler.example');
    expect(server.checkIP('192.0.2.10')).toBe('192.0.2.10');
    const args = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-CAfile',
      join(folder.path, 'ca.pem'),
      join(folder.path, 'server.pem'),
    ];
    await run('openssl', args, { signal: AbortSignal.timeout(10_000) });
    for (const key of ['ca.key', 'server.key']) expect((await stat(join(folder.path, key))).mode & 0o777).toBe(0o600);
  });

  it('are renewed a month before the end, by the same CA', async () => {
    await using folder = await temporaryDirectory();
    const first = await loadSiteCertificates(folder.path, names, nowMs);

    const early = await loadSiteCertificates(folder.path, names, nowMs + 360 * dayMs);
    const late = await loadSiteCertificates(folder.path, names, nowMs + 368 * dayMs);

    expect(early.current).toEqual(first.current);
    expect(late.current).not.toEqual(first.current);
    expect(late.caPem).toBe(first.caPem);
  });

  it('are renewed when the server has another name, or a file is not whole', async () => {
    await using folder = await temporaryDirectory();
    const first = await loadSiteCertificates(folder.path, names, nowMs);

    const renamed = await loadSiteCertificates(folder.path, [...names, 'new.example'], nowMs);
    expect(new X509Certificate(renamed.current.certificate).checkHost('new.example')).toBe('new.example');
    expect(renamed.caPem).toBe(first.caPem);

    await copyFile(join(folder.path, 'ca.key'), join(folder.path, 'server.key'));
    const mended = await loadSiteCertificates(folder.path, names, nowMs);
    expect(mended.current.certificate).not.toBe(renamed.current.certificate);
  });

  it('change on the running server without a restart', async () => {
    await using running = await runApp();
    await using folder = await temporaryDirectory();
    const { https, site } = running.app;
    const served = { caPem: site.caPem, current: { certificate: '', key: '' } };
    const other = await loadSiteCertificates(folder.path, names, nowMs);

    const keeper = keepCertificate(https.server as never, served, () => Promise.resolve(other), 60_000, silentLog);
    await keeper.refresh();
    keeper.stop();

    const port = Number(new URL(site.serverUrl()).port);
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: other.caPem });
    await once(socket, 'secureConnect');
    expect(socket.getPeerX509Certificate()?.toString()).toBe(new X509Certificate(other.current.certificate).toString());
    socket.destroy();
  });

  it('may be the administrator’s own, if the three files fit together', async () => {
    await using own = await temporaryDirectory();
    await using another = await temporaryDirectory();
    const made = await loadSiteCertificates(own.path, names, nowMs);
    await loadSiteCertificates(another.path, names, nowMs);
    const files = {
      certificateFile: join(own.path, 'server.pem'),
      keyFile: join(own.path, 'server.key'),
      caFile: join(own.path, 'ca.pem'),
    };

    const load = (changes = {}, name = 'ostler.example', atMs = nowMs) => loadOwnCertificates({ ...files, ...changes }, name, atMs);

    expect(await load()).toEqual(made);

    await expect(load({ keyFile: join(another.path, 'server.key') })).rejects.toMatchObject({ code: 'CERTIFICATE_INVALID' });
    await expect(load({}, 'ostler.example', nowMs + 400 * dayMs)).rejects.toThrow('certificateFile ended on');
    await expect(load({ caFile: files.certificateFile })).rejects.toThrow('caFile is not the certificate of a CA');
    await expect(load({ caFile: join(another.path, 'ca.pem') })).rejects.toThrow('does not lead to the CA that computers trust');
    await expect(load({ keyFile: '/none' })).rejects.toThrow('/none cannot be read');
    await expect(load({}, 'other.example')).rejects.toThrow('certificateFile is not for other.example');
    await expect(load({}, '192.0.2.11')).rejects.toThrow('certificateFile is not for 192.0.2.11');
    await writeFile(files.certificateFile, 'not a certificate');
    await expect(load()).rejects.toMatchObject({ code: 'CERTIFICATE_INVALID' });
  });

  it('are issued by the CA that computers trust, and by none that the site had before', async () => {
    await using own = await temporaryDirectory();
    await using another = await temporaryDirectory();
    const { caPem } = await loadSiteCertificates(own.path, names, nowMs);
    const other = await loadSiteCertificates(another.path, names, nowMs);
    const request = await aCertificateRequest();

    const issued = new X509Certificate(await issueCertificate({ folder: own.path, caPem }, request, 'dp.example', nowMs));

    expect([issued.checkHost('dp.example'), issued.verify(new X509Certificate(caPem).publicKey)]).toEqual(['dp.example', true]);
    const fromBefore = issueCertificate({ folder: own.path, caPem: other.caPem }, request, 'dp.example', nowMs);
    await expect(fromBefore).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_ISSUABLE', details: { name: 'dp.example' } });
  });
});
