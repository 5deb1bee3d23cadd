/**
 * Which addresses are not the public internet. The table follows the special-purpose registries of IANA (RFC 6890 and
 * its successors); what it does not name is refused unless it lies in global unicast space.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = readonly [Address, number];

/** Where clouds keep metadata and credentials outside of the link-local ranges. Some of these look public. */
const METADATA: readonly string[] = [
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure
  '192.0.0.192/32', // Oracle
  'fd00:42::42/128', // Scaleway
  'fd00:100::100:200/128', // Alibaba
  'fd00:a9fe:a9fe::1/128', // Linode
  'fd00:c1::a9fe:a9fe/128', // Oracle
  'fd00:ec2::/32', // AWS
  'fd20:ce::254/128', // Google
];

const SPECIAL: readonly (readonly [cidr: string, what: string])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local, where clouds keep their metadata'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'reserved'],
  ['192.52.193.0/24', 'reserved'],
  ['192.88.99.0/24', 'a 6to4 relay'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'reserved'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255/32', 'broadcast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::ffff:0:0/96', 'an IPv4 address in disguise'],
  ['::ffff:0:0:0/96', 'an IPv4 address in disguise'],
  ['::/96', 'an IPv4 address in disguise'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'NAT64'],
  ['2001::/32', 'Teredo'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:db8::/32', 'documentation'],
  ['2001::/23', 'reserved'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'reserved'],
  ['3fff::/20', 'documentation'],
  ['fc00::/7', 'a unique local address'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
];

/** Ranges of IPv6 that hold an IPv4 address, and at which bytes. NAT64 (RFC 6052, 2.2) leaves out byte 8. */
const EMBEDDING: readonly (readonly [cidr: string, bytes: readonly number[]])[] = [
  ['::/96', [12, 13, 14, 15]],
  ['::ffff:0:0/96', [12, 13, 14, 15]],
  ['::ffff:0:0:0/96', [12, 13, 14, 15]],
  ['64:ff9b::/96', [12, 13, 14, 15]],
  ['64:ff9b:1::/48', [6, 7, 9, 10]],
  ['64:ff9b:1::/48', [7, 9, 10, 11]],
  ['64:ff9b:1::/48', [9, 10, 11, 12]],
  ['64:ff9b:1::/48', [12, 13, 14, 15]],
  ['2002::/16', [2, 3, 4, 5]],
];

const METADATA_RANGES = [...METADATA, '169.254.0.0/16', 'fe80::/10'].map(parseRange);
const REFUSED = [...METADATA.map((cidr) => [cidr, 'cloud metadata'] as const), ...SPECIAL].map(([cidr, what]) => {
  return { range: parseRange(cidr), what };
});
const EMBEDDING_RANGES = EMBEDDING.map(([cidr, bytes]) => ({ range: parseRange(cidr), bytes }));
const GLOBAL_UNICAST = parseRange('2000::/3');

/**
 * Reads an address as the resolver and WHATWG URLs write it. The parser of ipaddr.js also takes `0x7f.1` and `010.1`,
 * which other parsers read as something else; `isIP` lets only the one spelling pass. A zone id names an interface of
 * this machine, so it is never public.
 */
export function parseAddress(text: string): Address | undefined {
  return isIP(text) === 0 || text.includes('%') ? undefined : ipaddr.parse(text);
}

/** @throws Error when it is no range */
export function parseRange(cidr: string): Range {
  return ipaddr.parseCIDR(cidr);
}

export function isIn(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** Says in one word or two why an address is not public; undefined when it is. */
export function specialRange(address: Address): string | undefined {
  const found = REFUSED.find(({ range }) => isIn(address, range));
  if (found) return found.what;
  return address.kind() === 'ipv4' || isIn(address, GLOBAL_UNICAST) ? undefined : 'reserved';
}

/** True for link-local addresses and others where clouds keep their metadata, also when IPv6 disguises them. */
export function isMetadata(address: Address): boolean {
  return [address, ...embeddedIn(address)].some((each) => METADATA_RANGES.some((range) => isIn(each, range)));
}

/** The IPv4 addresses that an IPv6 address may stand for. */
function embeddedIn(address: Address): readonly Address[] {
  const bytes = address.toByteArray();
  const found = EMBEDDING_RANGES.filter(({ range }) => isIn(address, range));
  return found.map(({ bytes: positions }) => new ipaddr.IPv4(positions.map((at) => bytes[at] ?? 0)));
}
