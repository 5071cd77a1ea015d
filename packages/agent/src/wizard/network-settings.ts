/** The network settings of the boot environment: what is asked, what an answer means, and the programs that make it so. Pure. */
import { VariableQuestion, type AskedVariable } from '@ostler/contract';
import { z } from 'zod';
import { answerTo, type Form } from './form.ts';

export interface Adapter {
  readonly name: string;
  readonly macAddress: string;
}
export interface NetworkSettings {
  readonly adapter: string;
  readonly vlan: number | null;
  /** null: a DHCP server gives them. */
  readonly static: { readonly address: string; readonly gateway: string | null; readonly dnsServers: readonly string[] } | null;
}

const automatic = 'automatic (DHCP)';
const ownAddress = 'static';

/** The first adapter is the one that the computer was started from. */
export function networkForm(adapters: readonly Adapter[]): Form {
  const question = (name: string, changes: Partial<AskedVariable>): AskedVariable => {
    return { ...VariableQuestion.parse({}), secret: false, name, ...changes };
  };
  const names = adapters.map(describeAdapter);
  return {
    questions: [
      question('Adapter', { choices: names }),
      question('Addresses', { choices: [automatic, ownAddress] }),
      question('Address', { prompt: 'For static: with its prefix, such as 192.0.2.7/24', optional: true }),
      question('Gateway', { optional: true }),
      question('DNS', { prompt: 'Name servers, with blanks between', optional: true }),
      question('VLAN', { prompt: 'Number, 1 to 4094', optional: true }),
    ],
    answers: { adapter: names[0] ?? '', addresses: ownAddress },
    field: 2,
    note: '',
  };
}

const Vlan = z.coerce.number().int().min(1).max(4094);

/** What is wrong stands beside the field that it is in. */
export function readNetworkForm(
  form: Form,
  adapters: readonly Adapter[],
): NetworkSettings | { readonly field: number; readonly problem: string } {
  const answer = (name: string): string => answerTo(form, { name }).trim();
  const wrong = (name: string, problem: string) => ({
    field: form.questions.findIndex((asked) => asked.name === name),
    problem: `${name} ${problem}.`,
  });
  const adapter = adapters.find((each) => describeAdapter(each) === answer('Adapter'))?.name;
  if (adapter === undefined) return wrong('Adapter', 'has to be chosen');
  const vlan = answer('VLAN') === '' ? null : (Vlan.safeParse(answer('VLAN')).data ?? 'wrong');
  if (vlan === 'wrong') return wrong('VLAN', 'is a number from 1 to 4094');
  if (answer('Addresses') === automatic) return { adapter, vlan, static: null };
  const gateway = answer('Gateway') === '' ? null : answer('Gateway');
  const dnsServers = answer('DNS')
    .split(/[\s,]+/)
    .filter((each) => each !== '');
  if (!z.cidrv4().safeParse(answer('Address')).success)
    return wrong('Address', 'has to be an IPv4 address with a prefix, such as 192.0.2.7/24');
  if (gateway !== null && !z.ipv4().safeParse(gateway).success) return wrong('Gateway', 'has to be an IPv4 address');
  if (!dnsServers.every((each) => z.ipv4().safeParse(each).success)) return wrong('DNS', 'has to be IPv4 addresses with blanks between');
  return { adapter, vlan, static: { address: answer('Address'), gateway, dnsServers } };
}

/** What is there already, by name. */
export interface PresentNetwork {
  readonly adapters: readonly string[];
  /** Virtual adapters that settings made before. */
  readonly vlans: readonly string[];
}

/** Programs to run one after the other. What was set before is taken away first: the settings say all there is. */
export function networkCommands({ adapter, vlan, static: own }: NetworkSettings, present: PresentNetwork): readonly (readonly string[])[] {
  const device = vlan === null ? adapter : `${adapter}.${vlan}`;
  return [
    ...present.vlans.map((name) => ['ip', 'link', 'delete', name]),
    ...present.adapters.map((name) => ['ip', 'address', 'flush', 'dev', name, 'scope', 'global']),
    ['ip', 'link', 'set', adapter, 'up'],
    ...(vlan === null
      ? []
      : [
          ['ip', 'link', 'add', 'link', adapter, 'name', device, 'type', 'vlan', 'id', String(vlan)],
          ['ip', 'link', 'set', device, 'up'],
        ]),
    ...(own === null ? [['sh', '-c', askDhcp, 'sh', '-i', device, ...dhcpClient]] : []),
    ...(own === null ? [] : [['ip', 'address', 'add', own.address, 'broadcast', '+', 'dev', device]]),
    ...(own === null || own.gateway === null ? [] : [['ip', 'route', 'replace', 'default', 'via', own.gateway, 'dev', device]]),
  ];
}

export const dhcpPidFile = '/run/ostler/udhcpc.pid';
/** Its own output, or the program that goes on asking would keep the agent's. */
const askDhcp = 'log=/run/ostler/log/udhcpc.log; busybox udhcpc "$@" >$log 2>&1 </dev/null || { tail -n 2 $log; exit 1; }';
/** As the boot environment starts it; it goes on asking after its first lease, and fails where nobody gives one. */
const dhcpClient = ['-s', '/usr/lib/ostler/udhcpc.sh', '-p', dhcpPidFile, '-t', '5', '-T', '3', '-A', '10', '-n'];

export function describeAdapter({ name, macAddress }: Adapter): string {
  return `${name} (${macAddress})`;
}
