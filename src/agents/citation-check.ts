/** Whether what an answer quotes stands in the documents. */
import type { Json } from '../core/ir.js';
import { NonRetryableError } from '../errors.js';
import { CitationChecker } from '../handlers/citations.js';
import type { DocumentLibrary } from '../handlers/document-library.js';
import { isJsonObject } from './tools/observation.js';
import { parseFindings, type Findings } from '../handlers/findings.js';

/** Of a quotation in a message; the model knows the rest. */
const MAX_SHOWN_CHARS = 120;

/** Returns what is wrong with the quotations of an answer; without any, an answer that claims something is wrong, too. */
export async function citationProblems(
  library: DocumentLibrary,
  docs: string,
  answer: Json,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const findings = readFindings(answer);
  if (!findings) return ['it quotes no document; write each quotation as "quoted text" [path:12-14]'];
  if (findings.quotations.length === 0) {
    // `parseFindings` says so of everything without quotations; what counts is whether the model says so.
    const admits = isJsonObject(answer) && answer['status'] === 'insufficient_evidence';
    return admits ? [] : ['it quotes no document'];
  }
  const checker = new CitationChecker(await library.load(docs, { signal }));
  return findings.quotations.flatMap((quotation) => {
    const result = checker.check(quotation);
    if ('verified' in result) return [];
    const { text, path, startLine } = quotation;
    return [`the quotation ${JSON.stringify(text.slice(0, MAX_SHOWN_CHARS))} [${path}:${startLine}]: ${result.reason}`];
  });
}

function readFindings(answer: Json): Findings | undefined {
  try {
    return parseFindings(answer);
  } catch (error) {
    if (error instanceof NonRetryableError) return undefined;
    throw error;
  }
}
