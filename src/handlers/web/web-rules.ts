/**
 * Where requests may go. A request of a pipeline or an agent must not reach what only the worker can reach (SSRF).
 *
 * S1 Only http and https, without a user name, to ports where web servers listen.
 * S2 A host name that can only mean something inside a network is refused before it is looked up.
 * S3 An address is judged when it is connected to (guarded-connector.ts), a literal one here already: no lookup happens
 *    for it.
 * S4 What the operator allows by name may have any address but one where clouds keep their metadata, disguised or not;
 *    that must be allowed by its address.
 */
import { nexumError, type NexumError } from '../../errors.js';
import { isIn, isMetadata, parseAddress, parseRange, specialRange, type Range } from './address-ranges.js';

/** Below 1024 only these; services with a protocol of their own listen there. */
const LOW_PORTS: ReadonlySet<number> = new Set([80, 443]);
/** Above 1024: databases, caches and control ports that take HTTP, or survive being sent some. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 5984,
  6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 8086, 8500, 9042, 9092, 9200, 9300, 10080, 10250,
  11211, 15672, 27017, 50051,
]);

/** Top-level names that no public DNS has, or that resolvers answer with addresses of the machine or its network. */
const INNER_SUFFIXES: ReadonlySet<string> = new Set([
  ...['localhost', 'local', 'localdomain', 'internal', 'intranet', 'lan', 'home', 'corp', 'private', 'onion'],
]);

const MAX_PLACE_CHARS = 200;

interface AllowedName {
  readonly host: string;
  /** Absent: every port. */
  readonly port?: number;
}

interface AllowedRange {
  readonly range: Range;
  readonly port?: number;
}

export class WebRules {
  readonly #names: readonly AllowedName[];
  readonly #ranges: readonly AllowedRange[];

  private constructor(names: readonly AllowedName[], ranges: readonly AllowedRange[]) {
    this.#names = names;
    this.#ranges = ranges;
  }

  /**
   * Reads what NEXUM_ALLOW_HOSTS says: hosts (`searx.lan`, `*.corp.example`), addresses and ranges (`10.1.0.0/16`), each
   * with or without a port (`127.0.0.1:8080`, `[::1]:8080`), separated by commas.
   * @throws NexumError USAGE for an entry that is none of them
   */
  static parse(list = ''): WebRules {
    const entries = list.split(',').flatMap((entry) => entry.trim().toLowerCase() || []);
    return new WebRules([], []).#with(entries);
  }

  /** These rules and the host of one URL that the operator has configured; no other host of it. */
  allowing(url: URL): WebRules {
    return this.#with([`${url.hostname}:${portOf(url)}`]);
  }

  #with(entries: readonly string[]): WebRules {
    const names = [...this.#names];
    const ranges = [...this.#ranges];
    for (const entry of entries) {
      const { host, port } = splitPort(entry);
      const range = rangeOf(host);
      if (range) ranges.push({ range, ...port });
      else if (/^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(host)) names.push({ host, ...port });
      else throw nexumError('USAGE', `NEXUM_ALLOW_HOSTS: ${entry} is no host, address or range such as 10.1.0.0/16`);
    }
    return new WebRules(names, ranges);
  }

  /**
   * Checks all that can be said without a lookup.
   * @throws NexumError WEB_ADDRESS_REFUSED
   */
  checkUrl(url: URL): void {
    const { protocol, username, password } = url;
    if (protocol !== 'http:' && protocol !== 'https:') throw refused(url, `${protocol} is not http: or https:`);
    if (username !== '' || password !== '') throw refused(url, 'a URL must not hold a user name or a password');
    const host = hostOf(url);
    const port = portOf(url);
    const address = parseAddress(host);
    if (address) {
      this.checkAddress(url, host);
    } else if (!this.#allowsName(host, port)) {
      const problem = nameProblem(host);
      if (problem !== undefined) throw refused(url, problem);
    }
    if (!isWebPort(port) && !this.#allowsPort(host, port)) throw refused(url, `port ${port} is no port of web servers`);
  }

  /**
   * Checks an address that the host of `url` has, before anything is sent there.
   * @throws NexumError WEB_ADDRESS_REFUSED
   */
  checkAddress(url: URL, address: string): void {
    const problem = this.#addressProblem(hostOf(url), portOf(url), address);
    if (problem !== undefined) throw refused(url, problem);
  }

  #addressProblem(host: string, port: number, text: string): string | undefined {
    const address = parseAddress(text);
    if (!address) return `${text} is no address of the internet`;
    if (this.#ranges.some((allowed) => onPort(allowed, port) && isIn(address, allowed.range))) return undefined;
    if (this.#allowsName(host, port) && !isMetadata(address)) return undefined;
    const special = specialRange(address);
    return special === undefined ? undefined : `${text} is not public (${special})`;
  }

  #allowsName(host: string, port: number): boolean {
    return this.#names.some((allowed) => onPort(allowed, port) && matchesName(allowed.host, host));
  }

  /** A port is allowed by an entry that names it. */
  #allowsPort(host: string, port: number): boolean {
    const address = parseAddress(host);
    if (address) return this.#ranges.some((allowed) => allowed.port === port && isIn(address, allowed.range));
    return this.#names.some((allowed) => allowed.port === port && matchesName(allowed.host, host));
  }
}

/** @throws NexumError WEB_ADDRESS_REFUSED when it is no absolute URL */
export function parseUrl(text: string, base?: URL): URL {
  if (URL.canParse(text, base?.href)) return new URL(text, base);
  const place = text.replace(/[?#].*$/s, '').slice(0, MAX_PLACE_CHARS);
  throw nexumError('WEB_ADDRESS_REFUSED', `${JSON.stringify(place)} is no absolute URL`);
}

/** What a text for people shows of a URL: not its query, which may hold keys. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`.slice(0, MAX_PLACE_CHARS);
}

/** What the connection and the certificate are about: no brackets, no dot at the end. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '')
    .toLowerCase();
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function nameProblem(host: string): string | undefined {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  if (host === '' || labels.includes('')) return 'it has no host';
  if (labels.length === 1) return `${host} is a name of the local network`;
  if (INNER_SUFFIXES.has(last) || host.endsWith('.home.arpa')) return `names that end in .${last} are not public`;
  return undefined;
}

function refused(url: URL, problem: string): NexumError {
  const where = `${url.protocol}//${url.host}`;
  return nexumError('WEB_ADDRESS_REFUSED', `${where} is refused: ${problem}`, { host: url.host });
}

function isWebPort(port: number): boolean {
  return port < 1024 ? LOW_PORTS.has(port) : !REFUSED_PORTS.has(port);
}

function matchesName(allowed: string, host: string): boolean {
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed;
}

function onPort(allowed: { readonly port?: number }, port: number): boolean {
  return allowed.port === undefined || allowed.port === port;
}

/** `[::1]:80`, `::1`, `10.0.0.0/8`, `host:80`. */
function splitPort(entry: string): { host: string; port: { port?: number } } {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(entry);
  if (!found) return { host: entry, port: {} };
  return { host: found[1] ?? found[2] ?? entry, port: found[3] === undefined ? {} : { port: Number(found[3]) } };
}

function rangeOf(text: string): Range | undefined {
  const address = parseAddress(text);
  if (address) return [address, address.kind() === 'ipv4' ? 32 : 128];
  const [network = '', bits = ''] = text.split('/');
  const known = parseAddress(network);
  if (!known || !/^\d{1,3}$/.test(bits) || Number(bits) > (known.kind() === 'ipv4' ? 32 : 128)) return undefined;
  return parseRange(text);
}
