/** The handler `cite.validate`: no quotation goes on unless it stands in its source. */
import { nexumError } from '../errors.js';
import type { Handler } from '../worker/handler.js';
import { CitationChecker, type RejectedQuotation, type VerifiedQuotation } from './citations.js';
import type { DocumentLibrary } from './document-library.js';
import { parseFindings, type Findings, type Quotation } from './findings.js';
import { HandlerInput } from './handler-input.js';
import { termsOf } from './terms.js';

/** Which content words of the question stand in the verified quotations, as written in the question. */
type Coverage = {
  readonly terms: readonly string[];
  readonly covered: readonly string[];
  readonly fraction: number;
};

interface Checked {
  readonly verified: readonly VerifiedQuotation[];
  readonly rejected: readonly RejectedQuotation[];
}

/** Half: below it most of what was quoted cannot be found, and the rest deserves no trust. */
const DEFAULT_MIN_VERIFIED = 0.5;

/**
 * Builds `cite.validate`.
 *
 * with: `findings` (anything that parseFindings reads), `docs` (default: the input `docs` of the execution),
 * `min_verified` (0 to 1, default 0.5), `query` (default: the question of the findings).
 * Output: the findings with only verified `quotations` (exact text and lines of the source, `verified: true`, `movedFrom`
 * when they were cited elsewhere, `fileChanged` when the file is another than the one quoted), plus
 * `rejected: [{ quotation, reason }]`, `coverage: { terms, covered, fraction }`, `sources` (distinct files) and
 * `verifiedFraction` (of the distinct quotations). The node fails with CITATIONS_UNVERIFIED below `min_verified`, or
 * when no quotation stands.
 */
export function citeValidate(library: DocumentLibrary): Handler {
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['findings', 'docs', 'min_verified', 'query']);
    const findings = parseFindings(input.get('findings', 'findings'));
    const minVerified = input.fraction('min_verified', DEFAULT_MIN_VERIFIED);
    const set = await library.load(input.folder(), { signal: context.signal });
    const { verified, rejected } = checkAll(new CitationChecker(set), findings.quotations);
    const total = verified.length + rejected.length;
    const verifiedFraction = total === 0 ? 0 : verified.length / total;
    if (verified.length === 0 || verifiedFraction < minVerified) {
      throw unverified(findings, rejected, { verified: verified.length, total, minVerified });
    }
    for (const { quotation, reason } of rejected) {
      context.log.warn('a quotation was rejected', { path: quotation.path, line: quotation.startLine, reason });
    }
    const question = input.findString('query') ?? findings.question;
    const coverage = coverageOf(question, verified);
    return {
      ...findings,
      question,
      quotations: verified,
      // Without a question there is nothing to measure, and what the research said stays.
      uncovered: question === '' ? findings.uncovered : missing(coverage),
      rejected,
      coverage,
      sources: new Set(verified.map((quotation) => quotation.path)).size,
      verifiedFraction,
    };
  };
}

/** Counts each quotation once: a model that repeats a true one must not outvote its false ones. */
function checkAll(checker: CitationChecker, quotations: readonly Quotation[]): Checked {
  const verified = new Map<string, VerifiedQuotation>();
  const rejected = new Map<string, RejectedQuotation>();
  for (const quotation of quotations) {
    const result = checker.check(quotation);
    const { path, text, startLine } = 'verified' in result ? result : quotation;
    const key = JSON.stringify([path, startLine, text]);
    if ('verified' in result) {
      if (!verified.has(key)) verified.set(key, result);
    } else if (!rejected.has(key)) {
      rejected.set(key, result);
    }
  }
  return { verified: [...verified.values()], rejected: [...rejected.values()] };
}

function coverageOf(question: string, quotations: readonly Quotation[]): Coverage {
  const wanted = termsOf(question);
  const present = new Set(quotations.flatMap((quotation) => [...termsOf(quotation.text).keys()]));
  const covered = [...wanted].filter(([term]) => present.has(term)).map(([, word]) => word);
  return { terms: [...wanted.values()], covered, fraction: wanted.size === 0 ? 1 : covered.length / wanted.size };
}

function missing({ terms, covered }: Coverage): string[] {
  return terms.filter((term) => !covered.includes(term));
}

/** Enough to see what went wrong; the findings themselves stand in the output of the node before. */
const MAX_SHOWN_REASONS = 3;

function unverified(
  findings: Findings,
  rejected: readonly RejectedQuotation[],
  counts: { readonly verified: number; readonly total: number; readonly minVerified: number },
): Error {
  const { verified, total, minVerified } = counts;
  const head = `${verified} of ${total} quotations stand in their sources; min_verified is ${minVerified}, and one is the least`;
  const reasons = rejected
    .slice(0, MAX_SHOWN_REASONS)
    .map(({ quotation, reason }) => `${quotation.path}:${quotation.startLine}-${quotation.endLine}: ${reason}`);
  const found = total > 0 ? '' : `the research found no evidence (status ${findings.status})`;
  const message = [head, found, ...reasons].filter((part) => part !== '').join('; ');
  return nexumError('CITATIONS_UNVERIFIED', message, { ...counts, uncovered: findings.uncovered });
}
