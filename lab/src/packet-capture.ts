/** Records every packet on a network of the lab, as a person with a notebook at its switch would. */
import { start } from '@ostler/imaging/run';
import type { Network } from './network.ts';

export interface PacketCapture extends AsyncDisposable {
  readonly path: string;
  /** Ends it, with all packets written. @returns what tcpdump says of its work: how many packets it saw and lost */
  stop(): Promise<string>;
}

/** Settles when it records. @param path of the file, in pcap's format */
export async function capturePackets(network: Network, path: string, signal: AbortSignal): Promise<PacketCapture> {
  // On the bridge itself: a device that hears everything makes the bridge pass everything to it. A large buffer, or a fast download loses some.
  const options = ['-i', network.switch, '-s', '0', '-B', '65536', '-U', '-Z', 'root', '-w', path];
  const { program, args } = network.inside('tcpdump', options);
  const listens = Promise.withResolvers<void>();
  let output = '';
  const tcpdump = await start(program, args, {
    onOutput: (text) => {
      output += text;
      if (output.includes('listening on')) listens.resolve();
    },
  });
  void tcpdump.exited.then((code) => listens.reject(new Error(`tcpdump ended with exit code ${code}: ${output.trim()}`)));
  const abort = (): void => listens.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const stop = async (): Promise<string> => {
    await tcpdump.stop(10_000);
    return output.trim().split('\n').slice(1).join(', ');
  };
  try {
    await listens.promise;
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return { path, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
