/**
 * Loads the documents of a folder into memory.
 *
 * Invariants:
 * D1. A document's sha256 is that of the very bytes its lines were made from.
 * D2. Nothing outside the folder is read (folder-walk.ts).
 * D3. What is left out is said: every skipped file or reached limit is a warning.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { nexumError } from '../errors.js';
import { type Document, parseDocument } from './document.js';
import { findDocumentFiles, type FoundFile } from './folder-walk.js';
import { sha256Hex } from './sha256.js';

export interface DocumentSet {
  /** Absolute, symbolic links resolved. */
  readonly folder: string;
  /** At least one; sorted by path. */
  readonly documents: readonly Document[];
  readonly warnings: readonly string[];
  /** Equal for equal paths and contents. */
  readonly fingerprint: string;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** An earlier load of the folder: documents with unchanged bytes are taken over instead of parsed again. */
  readonly previous?: DocumentSet;
  /** Default DOCUMENT_LIMITS. */
  readonly limits?: DocumentLimits;
}

const MEBIBYTE = 1024 * 1024;

export interface DocumentLimits {
  readonly files: number;
  readonly bytesPerFile: number;
  readonly bytes: number;
}

/** Prose stays far below 1 MiB a file; data dumps do not, and cost index memory (ten times the text) for few finds. */
export const DOCUMENT_LIMITS: DocumentLimits = { files: 5_000, bytesPerFile: MEBIBYTE, bytes: 64 * MEBIBYTE };

/** Files read at the same time: enough to keep the disk busy, at most 16 MiB of contents in flight. */
const READ_BATCH = 16;
/** As git decides it: a NUL in the first 8,000 bytes means binary. */
const BINARY_PROBE_BYTES = 8_000;

/** The first line of a generated report holds this. A report is no evidence: it would confirm itself. */
export const REPORT_MARKER = '<!-- nexum:report';

/**
 * Loads .md, .txt, .html, .json and .csv files: at most 1 MiB per file, 64 MiB and 5,000 files in all; the rest is
 * named in `warnings`. Reports that nexum wrote are left out.
 *
 * @param folder absolute, or relative to the working directory
 * @throws NexumError DOCUMENTS_NOT_FOUND when the folder is missing or holds no document
 */
export async function loadDocuments(folder: string, options: LoadOptions = {}): Promise<DocumentSet> {
  const limits = options.limits ?? DOCUMENT_LIMITS;
  const root = await folderRoot(folder);
  const files = await findDocumentFiles(root, limits.files + 1, options.signal);
  const known = new Map(options.previous?.documents.map((document) => [document.path, document]));
  const documents: Document[] = [];
  const warnings: string[] = [];
  if (files.length > limits.files) {
    files.length = limits.files;
    warnings.push(`only the first ${limits.files} documents were loaded; the folder holds more`);
  }
  let room = limits.bytes;
  let full = false;
  for (let start = 0; start < files.length && !full; start += READ_BATCH) {
    options.signal?.throwIfAborted();
    const batch = files.slice(start, start + READ_BATCH);
    const loads = batch.map((file) => loadDocument(root, file, known.get(file.path), limits.bytesPerFile));
    for (const loaded of await Promise.all(loads)) {
      if (typeof loaded === 'string') {
        warnings.push(loaded);
      } else if (loaded.bytes <= room) {
        documents.push(loaded);
        room -= loaded.bytes;
      } else {
        warnings.push(`${loaded.path} and what follows were not loaded: the documents exceed ${limits.bytes} bytes`);
        full = true;
        break;
      }
    }
  }
  if (documents.length === 0) throw noDocuments(folder, root, warnings);
  const fingerprint = sha256Hex(documents.map(({ path, sha256 }) => `${sha256} ${path}\n`).join(''));
  return { folder: root, documents, warnings, fingerprint };
}

async function folderRoot(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    const root = await realpath(path);
    if ((await stat(root)).isDirectory()) return root;
  } catch (cause) {
    throw nexumError('DOCUMENTS_NOT_FOUND', `folder ${path} cannot be read`, { folder: path }, cause);
  }
  throw nexumError('DOCUMENTS_NOT_FOUND', `${path} is not a folder`, { folder: path });
}

function noDocuments(folder: string, root: string, warnings: readonly string[]): Error {
  const skipped = warnings.length === 0 ? '' : `; skipped: ${warnings.slice(0, 5).join('; ')}`;
  const message = `folder ${folder} (${root}) holds no .md, .txt, .html, .json or .csv document${skipped}`;
  return nexumError('DOCUMENTS_NOT_FOUND', message, { folder: root, warnings });
}

/** Returns the document, or the warning that says why there is none. */
async function loadDocument(
  root: string,
  file: FoundFile,
  known: Document | undefined,
  maxBytes: number,
): Promise<Document | string> {
  let content: Buffer;
  try {
    const absolute = join(root, file.path);
    const { size } = await stat(absolute);
    if (size > maxBytes) return `${file.path} was skipped: ${size} bytes, more than ${maxBytes}`;
    content = await readFile(absolute);
  } catch (error) {
    // A file may vanish or be locked between listing and reading; the others are still worth having.
    return `${file.path} was skipped: ${error instanceof Error ? error.message : String(error)}`;
  }
  const sha256 = sha256Hex(content);
  if (known?.sha256 === sha256) return known;
  if (content.subarray(0, BINARY_PROBE_BYTES).includes(0)) return `${file.path} was skipped: it is binary`;
  const text = decodeUtf8(content);
  if (text === undefined) return `${file.path} was skipped: it is not UTF-8`;
  if (text.startsWith(REPORT_MARKER)) return `${file.path} was skipped: it is a report that nexum wrote`;
  return parseDocument({ ...file, sha256, bytes: content.length }, text);
}

/** Strict: replacement characters would make quotations that stand in no file. A byte order mark is dropped. */
function decodeUtf8(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
