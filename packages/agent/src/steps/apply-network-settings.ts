/** Apply Network Settings: adapters of the applied system, from the step or from the OSDAdapter… variables, which win (feature map §3.2). */
import { OstlerError, type StepOptions } from '@ostler/contract';
import type { AdapterSettings, MachineAdapter } from '@ostler/imaging';
import type { VariableScope } from '@ostler/task-sequence';
import { listAdapters } from '../facts/gather-facts.ts';
import { imagingPort, succeeded, type StepHandler } from './step-context.ts';

type Options = StepOptions<'apply-network-settings'>;

export const applyNetworkSettings: StepHandler<'apply-network-settings'> = async (options, context) => {
  const { variables, target, imaging } = context;
  const port = imagingPort(context);
  const root = await target.mountSystem(variables, port);
  const found = await listAdapters('/');
  const wired = found.filter(({ isWireless }) => !isWireless);
  const adapters = adapterSettings(options, variables, wired);
  const suffixes = listOf(variables.get('OSDDNSSuffixSearchOrder')) ?? options.dnsSuffixSearchOrder.map((each) => variables.expand(each));
  const settings = { adapters, dnsSuffixSearchOrder: suffixes, machineAdapters: wired };
  const report = await imaging.applyNetworkSettings(root, settings, port);
  const what = adapters.length === 0 ? 'Every wired adapter by DHCP' : `${adapters.length} adapter(s)`;
  return succeeded(`${what}, for ${report.stack}: ${report.files.join(', ')}`, { adapters: adapters.length, stack: report.stack });
};

/** OSDAdapterCount, when set, makes the variables the only source. */
export function adapterSettings(options: Options, variables: VariableScope, machineAdapters: readonly MachineAdapter[]): AdapterSettings[] {
  const count = variables.get('OSDAdapterCount');
  if (count === undefined) return options.adapters.map((adapter) => fromStep(adapter, variables));
  if (!/^\d{1,2}$/.test(count)) throw invalid('OSDAdapterCount', count, 'the number of adapters');
  return Array.from({ length: Number(count) }, (_, order) => fromVariables(order, variables, machineAdapters));
}

function fromStep({ macAddress, name, dnsDomain, ...adapter }: Options['adapters'][number], variables: VariableScope): AdapterSettings {
  const expand = (text: string): string => variables.expand(text);
  const optional = (text: string | undefined): string | undefined => (text === undefined ? undefined : expand(text) || undefined);
  return {
    macAddress: optional(macAddress),
    name: optional(name),
    enableDhcp: adapter.enableDhcp,
    addresses: adapter.addresses.map(expand),
    gateways: adapter.gateways.map(expand),
    dnsServers: adapter.dnsServers.map(expand),
    dnsDomain: optional(dnsDomain),
  };
}

function fromVariables(order: number, variables: VariableScope, machineAdapters: readonly MachineAdapter[]): AdapterSettings {
  const value = (property: string): string | undefined => variables.get(`OSDAdapter${order}${property}`);
  const enableDhcp = (value('EnableDHCP') ?? 'true').toLowerCase() !== 'false';
  const addresses = addressesOf(value('IPAddressList'), value('SubnetMask'), `OSDAdapter${order}`);
  const index = Number(value('Index') ?? order);
  return {
    ...chosenAdapter(value('MacAddress'), value('Name'), machineAdapters[index]),
    enableDhcp,
    addresses: enableDhcp ? [] : addresses,
    gateways: enableDhcp ? [] : (listOf(value('Gateways')) ?? []),
    dnsServers: listOf(value('DNSServerList')) ?? [],
    dnsDomain: value('DNSDomain') ?? variables.get('OSDDNSDomain'),
  };
}

/** By address, else by name, else by its place among the machine's adapters. */
function chosenAdapter(macAddress: string | undefined, name: string | undefined, byIndex: MachineAdapter | undefined) {
  if (macAddress !== undefined) return { macAddress: macAddress.toLowerCase().replaceAll('-', ':') };
  return name === undefined ? { macAddress: byIndex?.macAddress } : { name };
}

function addressesOf(list: string | undefined, masks: string | undefined, adapter: string): string[] {
  const maskList = listOf(masks) ?? [];
  return (listOf(list) ?? []).map((address, number) => withPrefix(address, maskList[number], adapter));
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** `192.0.2.10` and `255.255.255.0` as `192.0.2.10/24`; an address that has its prefix stays. */
function withPrefix(address: string, mask: string | undefined, adapter: string): string {
  if (address.includes('/')) return address;
  const octets = (mask ?? '').split('.').map((part) => Number(part).toString(2).padStart(8, '0'));
  const bits = octets.join('');
  if (!/^1*0*$/.test(bits) || bits.length !== 32) {
    throw invalid(`${adapter}SubnetMask`, mask ?? '', `the mask of ${address}, such as 255.255.255.0`);
  }
  return `${address}/${bits.replaceAll('0', '').length}`;
}

function invalid(variable: string, value: string, expected: string): OstlerError {
  return new OstlerError('PARTITION_VARIABLE_INVALID', { variable, value, expected });
}
