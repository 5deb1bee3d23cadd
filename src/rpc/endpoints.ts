/**
 * Which server a client talks to now, and which one comes next.
 *
 * P1  It starts at a random endpoint, and that is the balancing: many clients spread over all servers.
 * P2  It stays where it is until that endpoint fails; then it takes the one that has been quiet for longest.
 * P3  A DNS name stands for all addresses it has; it is resolved at the first use and again after failures.
 */
import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';
import { splitAddress } from './connection.js';

/** Shorter: a name is asked for at each of many failures. Longer: the address of a moved server is found later. */
const RESOLVE_AGAIN_MS = 1000;
/** An endpoint that failed so long ago counts as good again, in milliseconds. */
const FORGIVE_MS = 5000;

export interface Endpoint {
  /** Where to connect, `host:port`. */
  readonly address: string;
  /** The name that a certificate must hold when `address` is one of the addresses behind a name. */
  readonly name?: string;
}

export interface EndpointOptions {
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly nowMs?: () => number;
}

export class Endpoints {
  private list: readonly Endpoint[] = [];
  /** What each given address stands for. */
  private readonly resolved = new Map<string, readonly Endpoint[]>();
  private readonly failedAtMs = new Map<string, number>();
  private index = 0;
  private resolving: Promise<void> | undefined;
  private resolvedAtMs = Number.NEGATIVE_INFINITY;
  private readonly lookup: (host: string) => Promise<readonly string[]>;
  private readonly random: () => number;
  private readonly nowMs: () => number;

  constructor(
    private readonly addresses: readonly string[],
    options: EndpointOptions = {},
  ) {
    this.lookup = options.lookup ?? allAddresses;
    this.random = options.random ?? Math.random;
    this.nowMs = options.nowMs ?? Date.now;
    for (const address of addresses) this.resolved.set(address, [{ address }]);
    if (this.names().length === 0) this.begin();
  }

  get count(): number {
    return this.list.length;
  }

  /** The promise of the first resolution; undefined when `current` can be asked right now. */
  ready(): Promise<void> | undefined {
    return this.count > 0 ? undefined : this.resolve();
  }

  /** Only after `ready`. */
  current(): Endpoint {
    const endpoint = this.list[this.index] ?? this.list[0];
    return endpoint ?? { address: this.addresses[0] ?? '' };
  }

  /**
   * The endpoint did not do what it was asked for; moves on, unless somebody did so before.
   * @returns true when another endpoint has not failed lately and is worth a try at once
   */
  failed({ address }: Endpoint): boolean {
    this.failedAtMs.set(address, this.nowMs());
    this.resolveAgain();
    if (this.current().address === address) this.index = this.quietest();
    return this.count > 1 && this.isGood(this.current());
  }

  succeeded({ address }: Endpoint): void {
    this.failedAtMs.delete(address);
  }

  private isGood({ address }: Endpoint): boolean {
    const failedAtMs = this.failedAtMs.get(address);
    return failedAtMs === undefined || this.nowMs() - failedAtMs >= FORGIVE_MS;
  }

  /** The next one that never failed or was forgiven, else the one whose failure is the oldest (P2). */
  private quietest(): number {
    const order = this.list.map((_endpoint, offset) => (this.index + 1 + offset) % this.count);
    const at = (index: number): number => {
      const endpoint = this.list[index];
      const failedAtMs = endpoint && !this.isGood(endpoint) ? this.failedAtMs.get(endpoint.address) : undefined;
      return failedAtMs ?? Number.NEGATIVE_INFINITY;
    };
    return order.reduce((best, index) => (at(index) < at(best) ? index : best), order[0] ?? 0);
  }

  /** `localhost` and literal addresses are left to the channel: they mean one server. */
  private names(): string[] {
    return this.addresses.filter((address) => {
      const host = splitAddress(address)?.host ?? '';
      return isIP(host) === 0 && host !== 'localhost';
    });
  }

  private resolveAgain(): void {
    if (this.names().length > 0 && this.nowMs() - this.resolvedAtMs >= RESOLVE_AGAIN_MS) void this.resolve();
  }

  private resolve(): Promise<void> {
    this.resolving ??= Promise.all(this.names().map((address) => this.resolveName(address))).then(() => {
      this.resolving = undefined;
      this.resolvedAtMs = this.nowMs();
      this.begin();
    });
    return this.resolving;
  }

  /** A name that cannot be resolved keeps what it stood for; at first that is the name itself, for the channel to try. */
  private async resolveName(address: string): Promise<void> {
    const { host, port } = splitAddress(address) ?? { host: address, port: 0 };
    const found = await this.lookup(host).catch(() => []);
    if (found.length === 0) return;
    const endpoints = found.map((ip) => ({
      address: isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`,
      name: host,
    }));
    // One address: the channel resolves the name itself, also when it changes.
    this.resolved.set(address, endpoints.length === 1 ? [{ address }] : endpoints);
  }

  /** Takes over what the names stand for; stays at the same endpoint if it is still there. */
  private begin(): void {
    const before = this.list[this.index]?.address;
    const byAddress = new Map(
      this.addresses.flatMap((address) => this.resolved.get(address) ?? []).map((each) => [each.address, each]),
    );
    this.list = [...byAddress.values()];
    const same = this.list.findIndex(({ address }) => address === before);
    this.index = same >= 0 ? same : Math.floor(this.random() * this.list.length);
  }
}

async function allAddresses(host: string): Promise<string[]> {
  const found = await lookupName(host, { all: true });
  return found.map(({ address }) => address);
}
