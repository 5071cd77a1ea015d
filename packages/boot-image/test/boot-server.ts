/**
 * A server for trying a boot image by hand: the manifest and a small agent over HTTPS, boot files over HTTP.
 * `node boot-server.ts ADDRESS SQUASHFS CERTIFICATE KEY [FAULT…]`, faults: wrong-hash (the squashfs differs from the
 * manifest), cut (each transfer of the squashfs is cut after 20 MB), slow, gone (404 for the manifest).
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

const [address = '', squashfs = '', certificate = '', key = '', ...faults] = process.argv.slice(2);
const agent = readFileSync(new URL('testdata/trial-agent.txt', import.meta.url));
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const squashfsHash = sha256(readFileSync(squashfs));
const squashfsSize = statSync(squashfs).size;
const announcedHash = faults.includes('wrong-hash') ? sha256(Buffer.from('other')) : squashfsHash;
const manifest = `squashfs ${announcedHash} ${squashfsSize} /boot/files/${squashfsHash}\nagent ${sha256(agent)} ${agent.length} /agent.mjs\n`;

const files: RequestListener = (request, response) => {
  process.stdout.write(`http ${request.method} ${request.url} ${request.headers.range ?? ''}\n`);
  if (request.url === '/boot/time') {
    response.end('now\n');
    return;
  }
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': squashfsSize - start,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${squashfsSize - 1}/${squashfsSize}` } : {}),
  });
  const end = faults.includes('cut') ? start + 20_000_000 : squashfsSize - 1;
  const stream = createReadStream(squashfs, { start, end });
  stream.on('end', () => {
    if (faults.includes('cut')) response.destroy();
  });
  stream.pipe(response, { end: !faults.includes('cut') });
};

const api: RequestListener = (request, response) => {
  process.stdout.write(`https ${request.method} ${request.url}\n`);
  if (request.method === 'POST') {
    request.pipe(process.stdout, { end: false });
    request.on('end', () => response.end());
  } else if (request.url?.endsWith('/manifest')) {
    response.statusCode = faults.includes('gone') ? 404 : 200;
    response.end(faults.includes('gone') ? '' : manifest);
  } else {
    response.end(agent);
  }
};

createServer(files).listen(8080, address);
createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, api).listen(8443, address);
