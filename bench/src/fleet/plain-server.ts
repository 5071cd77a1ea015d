/** What the site is compared with: Node's own HTTPS server, which reads each body as JSON and answers a fixed one. A program of its own, so that it has a core of its own. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';

const [certificate = '', key = '', port = '', body = ''] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
  void (hasBody ? json(request) : Promise.resolve(null)).then(() => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
