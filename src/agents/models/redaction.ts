/**
 * Keeps keys out of everything that a provider's answer can carry them into: error texts, stored replies, the live view.
 * A provider that echoes what it was sent is enough to leak one.
 */
import type { Json } from '../../core/ir.js';

/** Shorter values are placeholders that local servers want (`none`, `EMPTY`, `lm-studio`), and words of real answers. */
const MIN_SECRET_CHARS = 12;
const MASK = '[key]';

export interface Redactor {
  /** Takes known secrets out, and whatever stands where a secret usually does. */
  error(text: string): string;
  /** Takes known secrets out of a reply; returns `value` itself when there are none. */
  reply<T extends Json>(value: T): T;
  /** Takes known secrets out of a text that arrives in pieces, also those that two pieces share. */
  pieces(emit: (text: string) => void): { push(piece: string): void; end(): void };
}

export function redactor(secrets: readonly string[]): Redactor {
  const needles = [...new Set(secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS).flatMap(spellings))];
  // Longest first: a secret that begins with another one must not leave its end.
  needles.sort((a, b) => b.length - a.length);
  const pattern = needles.length === 0 ? undefined : new RegExp(needles.map(escaped).join('|'), 'g');
  const known = (text: string): string => (pattern === undefined ? text : text.replace(pattern, MASK));
  return {
    error: (text) => unknownSecrets(known(text)),
    reply<T extends Json>(value: T): T {
      const text = JSON.stringify(value);
      const clean = known(text);
      return clean === text ? value : (JSON.parse(clean) as T);
    },
    pieces(emit) {
      let held = '';
      const pass = (text: string): void => {
        if (text !== '') emit(text);
      };
      return {
        push(piece) {
          const text = known(held + piece);
          const keep = openEnd(text, needles);
          held = text.slice(text.length - keep);
          pass(text.slice(0, text.length - keep));
        },
        end() {
          pass(held);
          held = '';
        },
      };
    },
  };
}

/** How a secret may stand in a text: as it is, in JSON, in a URL, in hexadecimal, in base64 at any offset. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters at both ends also hold bits of the neighbours.
    const start = Math.ceil((offset * 8) / 6);
    const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(start, end);
  });
  const url = aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = bytes.toString('hex');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    hex,
    hex.toUpperCase(),
    bytes.toString('base64'),
    ...aligned,
    ...url,
  ];
}

/** Secrets that this process does not know: what stands behind `Bearer`, in the user part or the query of a URL. */
function unknownSecrets(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+[\w.~+/-]{8,}=*/gi, `$1 ${MASK}`)
    .replace(/(\/\/)[^/\s@"']+@/g, `$1${MASK}@`)
    .replace(/([?&](?:key|api[-_]?key|token|access_token|sig|secret|password)=)[^&\s"'#]+/gi, `$1${MASK}`);
}

/** Characters at the end of `text` that may be the beginning of a needle. */
function openEnd(text: string, needles: readonly string[]): number {
  const longest = Math.min(text.length, (needles[0]?.length ?? 1) - 1);
  for (let length = longest; length > 0; length -= 1) {
    const end = text.slice(text.length - length);
    if (needles.some((needle) => needle.length > length && needle.startsWith(end))) return length;
  }
  return 0;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
