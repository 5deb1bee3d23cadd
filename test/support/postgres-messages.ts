/** Cuts the two byte streams of a PostgreSQL connection into messages and names the few that a test cares for. */

/** Codes that stand where the protocol version would; the first two ask for an encrypted connection. */
const TLS_REQUESTS: readonly number[] = [80877103, 80877104];
const COMMIT = /(?:^|;)\s*commit\b(?!\s+prepared)/i;
const LISTEN = /(?:^|;)\s*listen\s+"?(\w+)/gi;

export interface ClientMessage {
  /** `commit`: with this message the server commits. */
  readonly kind: 'commit' | 'tls-request' | 'other';
  readonly bytes: Buffer;
}

export interface ServerMessage {
  readonly kind: 'committed' | 'notification' | 'other';
  readonly bytes: Buffer;
}

/** Gathers chunks until a whole message is there. Large messages arrive in many chunks: joined once, not at each. */
class Frames {
  private chunks: Buffer[] = [];
  private length = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The next message, with the length field at this offset; undefined until it is complete. */
  take(lengthAt: number): Buffer | undefined {
    if (this.length < lengthAt + 4) return undefined;
    let head = this.chunks[0] ?? Buffer.alloc(0);
    if (head.length < lengthAt + 4) head = this.join();
    const size = lengthAt + head.readInt32BE(lengthAt);
    if (this.length < size) return undefined;
    const whole = head.length >= size ? head : this.join();
    this.chunks[0] = whole.subarray(size);
    if (this.chunks[0].length === 0) this.chunks.shift();
    this.length -= size;
    return whole.subarray(0, size);
  }

  private join(): Buffer {
    const whole = Buffer.concat(this.chunks);
    this.chunks = [whole];
    return whole;
  }
}

export class ClientMessages {
  readonly channels = new Set<string>();
  private readonly frames = new Frames();
  private started = false;
  private readonly commitStatements = new Set<string>();
  private readonly commitPortals = new Set<string>();

  *push(chunk: Buffer): Iterable<ClientMessage> {
    this.frames.push(chunk);
    for (;;) {
      const bytes = this.frames.take(this.started ? 1 : 0);
      if (!bytes) return;
      yield { kind: this.started ? this.read(bytes) : this.readStartup(bytes), bytes };
    }
  }

  private readStartup(bytes: Buffer): ClientMessage['kind'] {
    if (TLS_REQUESTS.includes(bytes.readInt32BE(4))) return 'tls-request';
    this.started = true;
    return 'other';
  }

  private read(bytes: Buffer): ClientMessage['kind'] {
    const [first, second] = texts(bytes);
    switch (String.fromCharCode(bytes[0] ?? 0)) {
      case 'Q':
        this.listen(first);
        return COMMIT.test(first) ? 'commit' : 'other';
      case 'P':
        this.listen(second);
        mark(this.commitStatements, first, COMMIT.test(second));
        return 'other';
      case 'B':
        mark(this.commitPortals, first, this.commitStatements.has(second));
        return 'other';
      case 'E':
        return this.commitPortals.has(first) ? 'commit' : 'other';
      default:
        return 'other';
    }
  }

  private listen(sql: string): void {
    for (const [, channel = ''] of sql.matchAll(LISTEN)) this.channels.add(channel);
  }
}

export class ServerMessages {
  private readonly frames = new Frames();

  *push(chunk: Buffer): Iterable<ServerMessage> {
    this.frames.push(chunk);
    for (;;) {
      const bytes = this.frames.take(1);
      if (!bytes) return;
      yield { kind: this.read(bytes), bytes };
    }
  }

  private read(bytes: Buffer): ServerMessage['kind'] {
    const type = String.fromCharCode(bytes[0] ?? 0);
    if (type === 'A') return 'notification';
    return type === 'C' && texts(bytes)[0] === 'COMMIT' ? 'committed' : 'other';
  }
}

/** The first two texts of a message, each ended by a zero byte: all that is needed here stands in front. */
function texts(bytes: Buffer): [string, string] {
  const firstEnd = bytes.indexOf(0, 5);
  const secondEnd = bytes.indexOf(0, firstEnd + 1);
  return [bytes.toString('utf8', 5, firstEnd), bytes.toString('utf8', firstEnd + 1, secondEnd)];
}

function mark(names: Set<string>, name: string, marked: boolean): void {
  if (marked) names.add(name);
  else names.delete(name);
}
