import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { questionOf, subQueries } from '../../../src/agents/models/offline-question.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import type { Findings } from '../../../src/handlers/findings.js';
import { agentContext, docsFolder, QUESTION, type Folder } from './agent-fixture.js';

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
});
afterAll(() => folder.remove());

async function ask(prompt: string, options: { docs?: string; tools?: string[]; maxSteps?: number } = {}) {
  const { docs = folder.path, ...spec } = options;
  const context = agentContext({ docs, prompt, spec });
  const handler = createAgentHandler({ library: new DocumentLibrary(), env: {} });
  return { findings: (await handler({}, context)) as unknown as Findings, context };
}

function linesOf(path: string, start: number, end: number): string {
  return readFileSync(join(folder.path, path), 'utf8')
    .split('\n')
    .slice(start - 1, end)
    .join('\n');
}

describe('the offline model', () => {
  it('O2: quotes text that stands verbatim in the lines it names, from several files, with the hash that was read', async () => {
    const { findings } = await ask(`Research ${QUESTION}`);
    expect(findings).toMatchObject({ engine: 'offline/extractive', status: 'answered', question: QUESTION });
    expect(findings.quotations.length).toBeGreaterThanOrEqual(6);
    for (const quotation of findings.quotations) {
      expect(linesOf(quotation.path, quotation.startLine, quotation.endLine)).toContain(quotation.text);
      expect(linesOf(quotation.path, quotation.startLine + 1, quotation.endLine)).not.toContain(quotation.text);
      expect(quotation.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(findings.quotations.map((quotation) => quotation.path)).size).toBeGreaterThanOrEqual(2);
  });

  it('O2: the answer repeats quotations and nothing else', async () => {
    const { findings } = await ask(`Research ${QUESTION}`);
    const quoted = findings.quotations.map((quotation) => quotation.text.replace(/\s+/g, ' '));
    for (const line of findings.answer.split('\n')) {
      const [, text, path] = /^(.*) \[(.*?):[\d-]+\]$/.exec(line) ?? [];
      expect(quoted).toContain(text);
      expect(findings.quotations.map((quotation) => quotation.path)).toContain(path);
    }
  });

  it('quotes no headings, code or tables', async () => {
    const { findings } = await ask(`Research ${QUESTION}`);
    const all = findings.quotations.map((quotation) => quotation.text).join('\n');
    expect(all).not.toMatch(/const lease|\| word|worker lease|# Leases|## Crashes/);
  });

  it('says insufficient_evidence, and what is missing, when the documents do not hold the answer', async () => {
    const { findings } = await ask('What is the boiling point of tungsten?');
    expect(findings).toMatchObject({ status: 'insufficient_evidence', answer: '', quotations: [] });
    expect(findings.uncovered).toEqual(['boiling', 'point', 'tungsten']);
  });

  it('says insufficient_evidence without document tools, instead of answering from nothing', async () => {
    const { findings, context } = await ask(QUESTION, { tools: [] });
    expect(findings.status).toBe('insufficient_evidence');
    expect(context.session.calls.map((call) => call.tool)).toEqual(['model:offline/extractive']);
  });

  it('reports the terms that no quotation holds, after it searched for them once more', async () => {
    const { findings, context } = await ask('How does a worker extend its lease by a heartbeat on Jupiter?');
    expect(findings.status).toBe('answered');
    expect(findings.uncovered).toEqual(['Jupiter']);
    const queries = context.session.calls
      .filter((call) => call.tool === 'tool:search_documents')
      .map((call) => (call.args as { arguments: { query: string } }).arguments.query);
    expect(queries).toContain('Jupiter');
    expect(new Set(queries).size).toBe(queries.length);
  });

  it('O1: gives the same output for the same question and documents', async () => {
    const [first, second] = [await ask(QUESTION), await ask(QUESTION)];
    expect(first.findings).toEqual(second.findings);
    expect(first.context.session.calls).toEqual(second.context.session.calls);
  });

  it('answers from what it read so far when the steps are used up', async () => {
    const { findings, context } = await ask(QUESTION, { maxSteps: 2 });
    expect(findings.status).toBe('answered');
    expect(context.log.lines.find((line) => line.message === 'agent finished')?.fields).toMatchObject({
      state: 'max_steps',
      steps: 3,
    });
  });

  it('quotes from search results when it may not read', async () => {
    const { findings } = await ask(QUESTION, { tools: ['search_documents'] });
    expect(findings.status).toBe('answered');
    for (const { path, startLine, endLine, text } of findings.quotations) {
      expect(linesOf(path, startLine, endLine)).toContain(text);
    }
  });
});

describe('the question in a prompt', () => {
  it.each([
    ['Research What is a lease?', 'What is a lease?'],
    ['Please answer the following question: what is a lease?', 'what is a lease?'],
    ['Collect facts about group commit', 'group commit'],
    ['Question: How do workers die?\n\nUse only the notes below.', 'How do workers die?'],
    ['You get notes.\n\nWhich worker holds the lease?', 'Which worker holds the lease?'],
    ['Research', 'Research'],
    ['', ''],
  ])('%j asks %j', (prompt, question) => {
    expect(questionOf(prompt)).toBe(question);
  });

  it('becomes two to four queries: all terms, then neighbours, then single terms', () => {
    expect(subQueries('How does group commit keep the fsync rate low?')).toEqual([
      'group commit keep fsync rate low',
      'group commit',
      'commit keep',
      'fsync rate',
    ]);
    expect(subQueries('What happens when a lease expires?')).toEqual(['lease expires', 'expires', 'lease']);
    expect(subQueries('Why?')).toEqual([]);
  });
});
