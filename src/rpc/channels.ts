/** The channels of a client: one per endpoint, opened when first used; what travels with every call. */
import {
  connectivityState,
  credentials,
  Metadata,
  type ChannelCredentials,
  type ChannelOptions,
  type MetadataOptions,
} from '@grpc/grpc-js';
import type { Connection } from './connection.js';
import type { Endpoint, Endpoints } from './endpoints.js';
import type { NexumServiceClient } from './generated/nexum/NexumService.js';
import { CLIENT_OPTIONS, loadProtocol } from './protocol.js';

/**
 * How long one of several servers may take to accept a connection. Shorter: a slow network looks dead. Longer: a
 * machine that swallows packets holds every first call up for that long.
 */
const CONNECT_MS = 2000;

export class Channels {
  private readonly stubs = new Map<string, NexumServiceClient>();

  /** @param local the service of this very process, instead of any channel */
  constructor(
    private readonly connection: Connection,
    private readonly local?: NexumServiceClient,
  ) {}

  stub({ address, name }: Endpoint): NexumServiceClient {
    const known = this.local ?? this.stubs.get(address);
    if (known) return known;
    // A certificate holds the name that was asked for, not the address that it stands for.
    const named: ChannelOptions =
      name === undefined || !this.connection.tls
        ? {}
        : { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name };
    const stub = new (loadProtocol().nexum.NexumService)(address, channelCredentials(this.connection), {
      ...CLIENT_OPTIONS,
      ...named,
    });
    this.stubs.set(address, stub);
    return stub;
  }

  metadata(options: MetadataOptions = {}): Metadata {
    const metadata = new Metadata(options);
    if (this.connection.token !== undefined) metadata.set('authorization', `Bearer ${this.connection.token}`);
    return metadata;
  }

  /** True when the endpoint is connected; false when it refuses, or takes longer than CONNECT_MS or `deadlineMs`. */
  async reach(endpoint: Endpoint, deadlineMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const channel = this.stub(endpoint).getChannel();
    const endMs = Math.min(deadlineMs, Date.now() + CONNECT_MS);
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return true;
      if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return false;
      if (Date.now() >= endMs) return false;
      await new Promise<void>((resolve) => channel.watchConnectivityState(state, endMs, () => resolve()));
    }
  }

  /** The current endpoint, or the next one that can be reached; the last one tried when none can. */
  async next(endpoints: Endpoints): Promise<Endpoint> {
    await endpoints.ready();
    for (let tried = 1; tried < endpoints.count; tried += 1) {
      const endpoint = endpoints.current();
      if (await this.reach(endpoint)) return endpoint;
      endpoints.failed(endpoint);
    }
    return endpoints.current();
  }

  close(): void {
    for (const stub of this.stubs.values()) stub.close();
  }
}

function channelCredentials({ tls }: Connection): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
}
