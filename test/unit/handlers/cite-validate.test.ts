import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/ir.js';
import { sha256Hex } from '../../../src/handlers/sha256.js';
import type { Quotation } from '../../../src/handlers/findings.js';
import { folderWith, run } from './handler-context.js';

const SOURCE = [
  '# Leases',
  '',
  'A worker is unable to keep a lease',
  'after it has expired.',
  '',
  'Renew it in time. Renew it in time.',
  '',
];
const TEXT = SOURCE.join('\n');

let docs: string;
beforeEach(async () => {
  docs = await folderWith({ 'a.md': TEXT, 'sub/b.html': '<p>Tom &amp; Jerry <b>share</b>\na lease</p>\n' });
});

function quotation(text: string, startLine: number, endLine: number, changes: Partial<Quotation> = {}): Quotation {
  return { text, path: 'a.md', startLine, endLine, sha256: sha256Hex(TEXT), ...changes };
}

const TRUE = quotation('unable to keep a lease\nafter it has expired', 3, 4);

async function validate(quotations: readonly Quotation[], more: JsonObject = {}): Promise<JsonObject> {
  const findings = {
    question: 'Can a lease expire?',
    engine: 'openai/gpt',
    status: 'answered',
    answer: 'No.',
    quotations,
    uncovered: [],
  };
  return run('cite.validate', { findings, docs, min_verified: 0, ...more });
}

async function reasonFor(wrong: Quotation): Promise<unknown> {
  const output = await validate([TRUE, wrong]);
  expect(output['quotations']).toHaveLength(1);
  return (output['rejected'] as { reason: string }[])[0]?.reason;
}

describe('a quotation that stands in its source', () => {
  test('is verified, and the findings pass through', async () => {
    expect(await validate([TRUE])).toEqual({
      question: 'Can a lease expire?',
      engine: 'openai/gpt',
      status: 'answered',
      answer: 'No.',
      quotations: [{ ...TRUE, verified: true }],
      uncovered: [],
      rejected: [],
      coverage: { terms: ['lease', 'expire'], covered: ['lease', 'expire'], fraction: 1 },
      sources: 1,
      verifiedFraction: 1,
    });
  });

  test('C1, C2: with other white space it is replaced by the exact text and the lines that it touches', async () => {
    const output = await validate([quotation('keep  a lease after it\thas expired.', 1, 7)]);
    expect(output['quotations']).toEqual([
      { ...quotation('keep a lease\nafter it has expired.', 3, 4), verified: true },
    ]);
  });

  test('elsewhere in the file it gets its real lines, and the cited ones are kept', async () => {
    const output = await validate([quotation('after it has expired', 6, 6)]);
    expect(output['quotations']).toMatchObject([{ startLine: 4, endLine: 4, movedFrom: { startLine: 6, endLine: 6 } }]);
  });

  test('without lines or a hash they are filled in', async () => {
    const output = await validate([quotation('after it has expired', 0, 0, { sha256: '', path: './a.md' })]);
    expect(output['quotations']).toEqual([{ ...quotation('after it has expired', 4, 4), verified: true }]);
  });

  test('in an HTML file it is checked against what a reader sees of the line', async () => {
    const output = await validate([quotation('Tom & Jerry share\na lease', 1, 2, { path: 'sub/b.html', sha256: '' })]);
    expect(output['quotations']).toMatchObject([{ path: 'sub/b.html', startLine: 1, endLine: 2, verified: true }]);
    expect(output['sources']).toBe(1);
  });

  test('in a file that changed meanwhile is verified against the new file, and that is said', async () => {
    const changed = `New first line.\n${TEXT}`;
    await writeFile(join(docs, 'a.md'), changed);
    const output = await validate([TRUE]);
    expect(output['quotations']).toMatchObject([
      {
        startLine: 4,
        endLine: 5,
        sha256: sha256Hex(changed),
        fileChanged: true,
        movedFrom: { startLine: 3, endLine: 4 },
      },
    ]);
  });
});

describe('a quotation is rejected', () => {
  test('when a single word was tampered with', async () => {
    const reason = await reasonFor(quotation('Renew it on time', 6, 6));
    expect(reason).toBe('the text does not stand verbatim in the file');
  });

  test('C3: when it cuts a word and so turns the meaning', async () => {
    expect(await reasonFor(quotation('able to keep a lease', 3, 3))).toMatch('does not stand verbatim');
  });

  test('when the file changed and no longer holds it', async () => {
    const gone = quotation('Renew it in time.', 6, 6);
    await writeFile(join(docs, 'a.md'), TEXT.replaceAll('in time', 'later'));
    expect(await reasonFor(gone)).toBe(
      'the file changed since it was quoted, and the text does not stand verbatim in the file',
    );
  });

  test.each(['none.md', '../a.md', '/etc/hosts'])('when %s is no document of the folder', async (path) => {
    expect(await reasonFor(quotation('Renew it in time', 6, 6, { path }))).toBe('no such document in the folder');
  });

  test('when it is too short to prove anything', async () => {
    expect(await reasonFor(quotation('a lease', 3, 3))).toMatch('shorter than 8 characters');
  });
});

describe('the verdict', () => {
  const FALSE = quotation('Leases last for ever and ever.', 3, 3);

  test('a repeated quotation counts once', async () => {
    const output = await validate([TRUE, TRUE, TRUE, FALSE]);
    expect(output['verifiedFraction']).toBe(0.5);
    expect(output['quotations']).toHaveLength(1);
  });

  test('below min_verified the node fails with the numbers, and a retry does not help', async () => {
    const validating = validate([TRUE, FALSE], { min_verified: 0.6 });
    await expect(validating).rejects.toMatchObject({ code: 'CITATIONS_UNVERIFIED', retryable: false });
    await expect(validating).rejects.toThrow('1 of 2 quotations stand in their sources; min_verified is 0.6');
    await expect(validate([TRUE, FALSE], { min_verified: 0.5 })).resolves.toMatchObject({ verifiedFraction: 0.5 });
  });

  test('the default of min_verified is one half', async () => {
    const findings = { quotations: [TRUE, FALSE, { ...FALSE, text: 'Another invention.' }] };
    await expect(run('cite.validate', { findings, docs })).rejects.toThrow('min_verified is 0.5');
  });

  test.each([
    ['none was found', [], 'the research found no evidence'],
    ['none is true', [FALSE], '0 of 1 quotations'],
  ])('without a verified quotation the node fails even at min_verified 0: %s', async (_, quotations, message) => {
    await expect(validate(quotations)).rejects.toThrow(message);
  });

  test('coverage counts the words of the question in verified text only', async () => {
    const output = await validate([TRUE, quotation('Can zebras gallop across the plains?', 1, 1)], {
      query: 'Can zebras gallop with an expired lease?',
    });
    expect(output['coverage']).toEqual({
      terms: ['zebras', 'gallop', 'expired', 'lease'],
      covered: ['expired', 'lease'],
      fraction: 0.5,
    });
    expect(output['uncovered']).toEqual(['zebras', 'gallop']);
  });
});

test.each([
  [{}, 'with.findings of node step: expected findings, got nothing'],
  [
    { findings: { quotations: [] }, min_verified: 2 },
    'with.min_verified of node step: expected a number from 0 to 1, got the number 2',
  ],
  [
    { findings: { quotations: [] }, docs: 7 },
    'with.docs of node step: expected a string that is not empty, got the number 7',
  ],
  [{ findings: { quotations: [] } }, 'with.docs of node step: expected a folder'],
  [{ finding: 1 }, 'with.finding of node step: no such key (known: findings, docs, min_verified, query)'],
])('the input %j is refused with the name of its key', async (input, message) => {
  const validating = run('cite.validate', input);
  await expect(validating).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  await expect(validating).rejects.toThrow(message);
});
