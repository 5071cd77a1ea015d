/** A proxy in front of a real server that cuts the connection whenever so many bytes have gone one way: TLS goes through it as it is. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes after which each of the next connections is cut; an empty list: no more cuts. */
  readonly cutAfterBytes: number[];
  readonly cuts: () => number;
}

export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const cutAfterBytes: number[] = [];
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let passedBytes = 0;
    const drop = (): void => {
      client.destroy();
      target.destroy();
    };
    const count = (chunk: Buffer): void => {
      passedBytes += chunk.length;
      const limit = cutAfterBytes[0];
      if (limit === undefined || passedBytes < limit) return;
      cutAfterBytes.shift();
      cuts += 1;
      drop();
    };
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('data', count);
      socket.on('error', drop);
      socket.on('close', drop);
    }
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    cutAfterBytes,
    cuts: () => cuts,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
