/** One dnsmasq: started, its log lines taken over, its end explained. Starting it again is network-boot.ts. */
import { start, type RunningProgram } from '@ostler/imaging/run';
import { isOstlerError, OstlerError } from '@ostler/contract';
import type { Logger } from 'pino';

export interface Dnsmasq {
  /** Settles when it is gone, with why; null when it was stopped. */
  readonly ended: Promise<OstlerError | null>;
  stop(): Promise<void>;
}

const graceMs = 3000;
const keptLines = 20;

/** @throws OstlerError NETWORK_BOOT_PROGRAM_MISSING */
export async function startDnsmasq(configurationFile: string, interfaceName: string, log: Logger): Promise<Dnsmasq> {
  const lines: string[] = [];
  let rest = '';
  const onOutput = (text: string): void => {
    const parts = `${rest}${text}`.split('\n');
    rest = (parts.pop() ?? '').slice(-4000);
    for (const line of parts.filter(Boolean)) {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      logLine(line, log);
    }
  };
  const program = await startProgram(configurationFile, onOutput);
  let stopped = false;
  const ended = program.exited.then((exitCode) => (stopped ? null : explain(exitCode, [...lines, rest].join('\n').trim(), interfaceName)));
  return {
    ended,
    stop: async () => {
      stopped = true;
      await program.stop(graceMs);
    },
  };
}

async function startProgram(configurationFile: string, onOutput: (text: string) => void): Promise<RunningProgram> {
  const args = ['--keep-in-foreground', '--log-facility=-', `--conf-file=${configurationFile}`];
  try {
    return await start('dnsmasq', args, { onOutput });
  } catch (error) {
    if (isOstlerError(error) && error.code === 'COMMAND_NOT_FOUND')
      throw new OstlerError('NETWORK_BOOT_PROGRAM_MISSING', {}, { cause: error });
    throw error;
  }
}

/** What a computer got: its address, its boot file. */
const given = /DHCP(?:ACK|NAK|DECLINE)\(|PXE\(|: sent |started|DHCP, /;

/** Every step of each DHCP exchange is for a closer look; what was given and what went wrong is for the diary. */
function logLine(line: string, log: Logger): void {
  if (/\b(?:failed|error|cannot|denied|unknown|ignored|no address available)\b/i.test(line)) log.warn({ line }, 'dnsmasq warns');
  else if (given.test(line)) log.info({ line }, 'dnsmasq reports');
  else log.debug({ line }, 'dnsmasq says');
}

/** By dnsmasq's own words: its exit codes do not tell these apart. */
function explain(exitCode: number, output: string, interfaceName: string): OstlerError {
  if (/unknown interface/i.test(output)) return new OstlerError('NETWORK_BOOT_INTERFACE_MISSING', { interface: interfaceName });
  if (/address already in use/i.test(output)) {
    const port = /tftp|port 69\b/i.test(output) ? 'the port of TFTP (69/udp)' : 'the port of DHCP (67/udp)';
    return new OstlerError('NETWORK_BOOT_PORT_IN_USE', { interface: interfaceName, port });
  }
  if (/permission denied|operation not permitted|missing required capability/i.test(output)) {
    return new OstlerError('NETWORK_BOOT_NOT_PERMITTED', {});
  }
  return new OstlerError('NETWORK_BOOT_FAILED', { exitCode, output: output.slice(-500) });
}
