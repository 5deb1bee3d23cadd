/**
 * The body of an answer: bounded on the wire and after decompression, because a few kilobytes of gzip can become
 * gigabytes; turned into text by the charset that the server or the page names.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { errorMessage, nexumError, type NexumError } from '../../errors.js';

export const ACCEPT_ENCODING = 'gzip, br';
/** More codings than that on top of each other are an attack, not a server. */
const MAX_CODINGS = 2;
/** Where a page says its charset itself: HTML wants it in the first 1024 bytes. */
const CHARSET_PROBE_BYTES = 1024;

/**
 * Reads a body to its end.
 * @param coding the header `content-encoding`
 * @throws NexumError WEB_RESPONSE_REFUSED when it has more than `maxBytes`, or cannot be decompressed. A body that was
 *   cut off is another error: it may come whole the next time.
 */
export async function readBody(
  body: AsyncIterable<Buffer>,
  coding: string | undefined,
  maxBytes: number,
  place: string,
): Promise<Buffer> {
  let bytes = await wireBytes(body, maxBytes, place);
  // Answers to HEAD, 204 and 304 name the coding of a body that they do not have.
  if (bytes.length === 0) return bytes;
  for (const decompress of decompressors(coding, place)) {
    try {
      bytes = await decompress(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      throw decompressionProblem(error, maxBytes, place);
    }
  }
  return bytes;
}

async function wireBytes(body: AsyncIterable<Buffer>, maxBytes: number, place: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes, place);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number, place: string): NexumError {
  return nexumError('WEB_RESPONSE_REFUSED', `${place} is larger than ${maxBytes} bytes`);
}

function decompressionProblem(error: unknown, maxBytes: number, place: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(maxBytes, place);
  // The input has ended too early.
  if (code === 'Z_BUF_ERROR') return error;
  return nexumError('WEB_RESPONSE_REFUSED', `${place} cannot be decompressed: ${errorMessage(error)}`);
}

type Decompress = (bytes: Buffer, limits: { maxOutputLength: number }) => Promise<Buffer>;

/** The codings stand in the order in which the server applied them. */
function decompressors(coding = '', place: string): Decompress[] {
  const codings = coding
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '' && word !== 'identity');
  if (codings.length > MAX_CODINGS)
    throw nexumError('WEB_RESPONSE_REFUSED', `${place} is encoded ${codings.length} times`);
  return codings.reverse().map((word) => {
    switch (word) {
      case 'gzip':
      case 'x-gzip':
        return promisify(gunzip);
      case 'deflate':
        return promisify(inflate);
      case 'br':
        return promisify(brotliDecompress);
      default:
        throw nexumError('WEB_RESPONSE_REFUSED', `${place} has the content-encoding ${word}, which was not asked for`);
    }
  });
}

/** The media type without its parameters, in lower case; empty when the server names none. */
export function mediaType(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** The text of a body: its byte order mark decides, then the header, then what an HTML page says; else it is UTF-8. */
export function decodeText(bytes: Buffer, contentType = ''): string {
  const named = /;\s*charset\s*=\s*"?([\w:.-]+)/i.exec(contentType)?.[1] ?? charsetOfPage(bytes, contentType);
  return new TextDecoder(labelOf(bytes, named)).decode(bytes);
}

function charsetOfPage(bytes: Buffer, contentType: string): string | undefined {
  if (!/html|xml/i.test(contentType)) return undefined;
  const head = bytes.toString('latin1', 0, CHARSET_PROBE_BYTES);
  return (
    /<meta[^>]+charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head)?.[1] ??
    /^<\?xml[^>]+encoding=["']([\w:.-]+)/i.exec(head)?.[1]
  );
}

function labelOf(bytes: Buffer, label = 'utf-8'): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  try {
    return new TextDecoder(label).encoding;
  } catch {
    // A label that nobody knows: browsers guess, too.
    return 'utf-8';
  }
}
