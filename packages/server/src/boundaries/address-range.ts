/** Addresses as numbers: what a boundary's text means, and which of two boundaries is the narrower one. Pure. */
import { isIP } from 'node:net';
import { OstlerError } from '@ostler/contract';

export interface AddressRange {
  readonly kind: 'subnet' | 'range';
  /** As people write it, tidy. */
  readonly text: string;
  /** 32 hexadecimal digits, so that text order is address order; an IPv4 address is its IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2). */
  readonly first: string;
  readonly last: string;
}

const mappedPrefix = 0xff_ff_00_00_00_00n;

/** @throws OstlerError BOUNDARY_INVALID */
export function parseAddressRange(text: string): AddressRange {
  const addresses = text.toLowerCase().replaceAll(/\s/g, '');
  const [from = '', to] = addresses.split('-');
  if (to !== undefined) return rangeOf(addresses, from, to);
  const [base = '', prefix] = from.split('/');
  return subnetOf(addresses, base, prefix);
}

/** The key of one address: IPv4, IPv6, or IPv4 in IPv6 as a dual-stack listener names its clients. Null for what is no address. */
export function addressKey(text: string): string | null {
  const number = addressNumber(text.replace(/%.*$/, ''));
  return number === null ? null : keyOf(number);
}

/** How many addresses: the fewer, the narrower. */
export function addressCount({ first, last }: Pick<AddressRange, 'first' | 'last'>): bigint {
  return BigInt(`0x${last}`) - BigInt(`0x${first}`) + 1n;
}

function rangeOf(addresses: string, from: string, to: string): AddressRange {
  const [first, last] = [addressNumber(from), addressNumber(to)];
  if (first === null || last === null) throw invalid(addresses, `${first === null ? from : to} is not an address`);
  if (isIP(from) !== isIP(to)) throw invalid(addresses, 'it begins and ends in different kinds of addresses');
  if (first > last) throw invalid(addresses, 'it ends before it begins');
  return { kind: 'range', text: `${from}-${to}`, first: keyOf(first), last: keyOf(last) };
}

function subnetOf(addresses: string, base: string, prefix: string | undefined): AddressRange {
  const number = addressNumber(base);
  if (number === null) throw invalid(addresses, `${base} is not an address`);
  const bits = isIP(base) === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (!/^\d{1,3}$/.test(prefix ?? '0') || length > bits) throw invalid(addresses, `the length of its prefix must be 0 to ${bits}`);
  const hostBits = (1n << BigInt(bits - length)) - 1n;
  if ((number & hostBits) !== 0n) throw invalid(addresses, `${base} is inside of a subnet of this length, not its first address`);
  return { kind: 'subnet', text: `${base}/${length}`, first: keyOf(number), last: keyOf(number | hostBits) };
}

function addressNumber(text: string): bigint | null {
  const kind = isIP(text);
  if (kind === 4) return mappedPrefix | ipv4Number(text);
  return kind === 6 ? ipv6Number(text) : null;
}

function ipv4Number(text: string): bigint {
  return text.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);
}

/** Safe for what isIP calls an IPv6 address: at most one `::`, and an IPv4 address at the end only. */
function ipv6Number(text: string): bigint {
  const dotted = /(?:\d+\.){3}\d+$/.exec(text)?.[0];
  const [high, low] =
    dotted === undefined ? ['', ''] : [ipv4Number(dotted) >> 16n, ipv4Number(dotted) & 0xff_ffn].map((part) => part.toString(16));
  const plain = dotted === undefined ? text : `${text.slice(0, -dotted.length)}${high}:${low}`;
  const [head = '', tail = ''] = plain.split('::');
  const groups = [head, tail].map((part) => part.split(':').filter(Boolean));
  const [before = [], after = []] = groups;
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}

function keyOf(number: bigint): string {
  return number.toString(16).padStart(32, '0');
}

function invalid(addresses: string, problem: string): OstlerError {
  return new OstlerError('BOUNDARY_INVALID', { addresses, problem });
}
