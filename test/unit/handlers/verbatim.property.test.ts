/** Whatever a document holds: no character is invented, and every line number is true. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkDocument } from '../../../src/handlers/chunks.js';
import { CitationChecker } from '../../../src/handlers/citations.js';
import { linesOf, parseDocument, type Document, type DocumentKind } from '../../../src/handlers/document.js';
import { sentencesOf } from '../../../src/handlers/sentences.js';
import { summarize } from '../../../src/handlers/summary.js';

const PIECES = [
  'A lease lasts thirty seconds.',
  'Dr. Kaya said so, e.g. Yesterday! ',
  'wrapped words without an end',
  'short Title',
  '',
  '   ',
  '# Heading',
  'Setext\n===',
  '- item one is here for us. And two',
  '  continued',
  '\t1. nested item text',
  '> quoted words in a row.',
  '```',
  '    code();',
  '| a | b |',
  '|---|---|',
  '---',
  '<p>para <b>bold</b> &amp; more</p>',
  '<script>',
  '</script>',
  '<h2>Head</h2>',
  '😀 smile 租约到期。服务器',
  '**Bold end.** Next\u00a0one\u2028here',
];

const source = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 60, size: 'max' })
  .map((lines) => lines.join('\n'));
const kind = fc.constantFrom<DocumentKind>('markdown', 'text', 'html', 'json', 'csv');
const EXTENSION: Readonly<Record<DocumentKind, string>> = {
  markdown: 'md',
  text: 'txt',
  html: 'html',
  json: 'json',
  csv: 'csv',
};

function documentOf(content: string, of: DocumentKind): Document {
  return parseDocument({ path: `a.${EXTENSION[of]}`, kind: of, sha256: 'aa', bytes: content.length }, content);
}

function linesAt(document: Document, { startLine, endLine }: { startLine: number; endLine: number }): string {
  return document.lines.slice(startLine - 1, endLine).join('\n');
}

test('a conversion keeps the number of lines', () => {
  fc.assert(
    fc.property(source, kind, (content, of) => {
      expect(documentOf(content, of).lines).toHaveLength(linesOf(content).length);
    }),
  );
});

test('chunks are verbatim, in order, and do not overlap', () => {
  fc.assert(
    fc.property(source, kind, (content, of) => {
      const document = documentOf(content, of);
      let last = 0;
      for (const chunk of chunkDocument(document)) {
        expect(linesAt(document, chunk)).toContain(chunk.text);
        expect(chunk.startLine).toBeGreaterThanOrEqual(last);
        expect(chunk.endLine - chunk.startLine).toBeLessThan(of === 'markdown' ? 40 : 12);
        last = chunk.endLine;
      }
    }),
  );
});

test('sentences are verbatim slices of exactly their lines, in order', () => {
  fc.assert(
    fc.property(source, kind, (content, of) => {
      const document = documentOf(content, of);
      for (const sentence of sentencesOf(document.text, document.path)) {
        expect(sentence.text.trim()).toBe(sentence.text);
        expect(sentence.text).not.toBe('');
        expect(linesAt(document, sentence)).toContain(sentence.text);
        expect(sentence.text.split('\n')).toHaveLength(sentence.endLine - sentence.startLine + 1);
      }
    }),
  );
});

test('C1: whatever a summary quotes verifies against its document at the same place', () => {
  fc.assert(
    fc.property(source, kind, (content, of) => {
      const document = documentOf(content, of);
      const checker = new CitationChecker({ folder: '/', documents: [document], warnings: [], fingerprint: '' });
      const passages = chunkDocument(document).map((chunk) => ({ ...chunk, sha256: document.sha256 }));
      for (const { text, startLine, endLine } of summarize(passages, 'lease seconds', 20).sentences) {
        const checked = checker.check({ text, path: document.path, startLine, endLine, sha256: document.sha256 });
        if ('verified' in checked) {
          expect(checked.text).toBe(text);
          expect(checked.movedFrom).toBeUndefined();
        } else {
          // The only honest refusals: too short, or cut by us out of an overlong word.
          expect(checked.reason).toMatch(/shorter than|verbatim/);
          expect(linesAt(document, { startLine, endLine })).toContain(text);
        }
      }
    }),
  );
});
