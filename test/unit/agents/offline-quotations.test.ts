import { describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { extractEvidence } from '../../../src/agents/models/offline-quotations.js';
import { questionTerms } from '../../../src/agents/models/offline-question.js';
import { citeValidate } from '../../../src/handlers/cite-validate.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { agentContext, DOCS, docsFolder, QUESTION } from './agent-fixture.js';

const terms = questionTerms('How does a worker keep its lease after a crash?');

function evidence(lines: readonly string[], cut = false) {
  const startLine = 10;
  const endLine = startLine + lines.length - 1;
  return extractEvidence([{ path: 'a.md', startLine, endLine, sha256: 'h', text: lines.join('\n'), cut }], terms);
}

describe('extractEvidence', () => {
  it('quotes a sentence over wrapped lines as one slice, with its first and last line', () => {
    const { quotations } = evidence([
      'Intro first. The worker keeps its lease',
      'even after a crash. More text follows here.',
    ]);
    expect(quotations[0]).toEqual({
      text: 'The worker keeps its lease\neven after a crash.',
      path: 'a.md',
      startLine: 10,
      endLine: 11,
      sha256: 'h',
      term: 'worker',
    });
  });

  it('skips a table and code whose beginning lies before the passage, and keeps the lines of the prose below', () => {
    const { quotations } = evidence([
      '| worker | keeps its lease after a crash, says a row |',
      '',
      'worker.keep(lease); // keep the lease of the worker after a crash',
      '```',
      'The worker keeps its lease after a crash.',
    ]);
    expect(quotations.map(({ text, startLine }) => ({ text, startLine }))).toEqual([
      { text: 'The worker keeps its lease after a crash.', startLine: 14 },
    ]);
  });

  it('leaves out what the border of the passage cut in half', () => {
    const lines = [
      'lease of the worker after a crash. The worker keeps its lease after a crash. A worker with a lease that',
    ];
    expect(evidence(lines, true).quotations.map(({ text }) => text)).toEqual([
      'The worker keeps its lease after a crash.',
    ]);
    expect(evidence(lines).quotations).toHaveLength(2);
  });

  it('finds nothing when only one of many terms occurs', () => {
    expect(evidence(['The worker eats its soup in the kitchen.']).quotations).toEqual([]);
  });

  it('does not quote the same sentence twice', () => {
    const line = 'The worker keeps its lease after a crash.';
    expect(evidence([line, '', line]).quotations).toHaveLength(1);
  });
});

describe('the findings of the offline agent', () => {
  it('pass cite.validate without a single rejected quotation, for every kind of document', async () => {
    const folder = docsFolder({
      ...DOCS,
      'page.html': `<html><body><h1>Leases</h1><p>When a worker crashes, the lease of the worker simply expires.</p></body></html>`,
      'limits.csv': 'name,meaning\nlease,a worker loses its lease after thirty seconds when it crashes\n',
    });
    const library = new DocumentLibrary();
    const context = agentContext({ docs: folder.path, prompt: `Research ${QUESTION}` });
    const findings = await createAgentHandler({ library, env: {} })({}, context);
    const validated = await citeValidate(library)({ findings }, context);
    folder.remove();
    expect(validated).toMatchObject({ rejected: [], verifiedFraction: 1, engine: 'offline/extractive' });
    const { quotations } = validated as { quotations: { path: string; startLine: number }[] };
    const places = (list: readonly { path: string; startLine: number }[]) =>
      list.map((each) => `${each.path}:${each.startLine}`);
    expect(places(quotations)).toEqual(
      places((findings as unknown as typeof validated & { quotations: typeof quotations }).quotations),
    );
  });
});
