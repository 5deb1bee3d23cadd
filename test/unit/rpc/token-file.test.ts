/** The tokens file: what it may hold, how it is taken up again, and that no token ever shows. */
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NexumError } from '../../../src/errors.js';
import { findToken, parseTokens, TokenFile } from '../../../src/rpc/token-file.js';

const FIRST = 'first-token-0123456789';
const SECOND = 'second-token-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'nexum-tokens-'));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string, mode = 0o600): string {
  files += 1;
  const file = join(folder, `tokens-${files}`);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** A tokens file whose clock the test moves. */
function open(file: string): { tokens: TokenFile; warnings: string[]; wait: (ms: number) => void } {
  let nowMs = 0;
  const warnings: string[] = [];
  const tokens = new TokenFile(file, { onWarning: (text) => warnings.push(text), nowMs: () => nowMs });
  return {
    tokens,
    warnings,
    wait: (ms) => {
      nowMs += ms;
    },
  };
}

function problemsOf(text: string): string {
  try {
    parseTokens(text, 'tokens');
  } catch (error) {
    expect(error).toBeInstanceOf(NexumError);
    expect((error as NexumError).code).toBe('TOKENS_INVALID');
    return (error as NexumError).message;
  }
  throw new Error('the file was accepted');
}

describe('a tokens file', () => {
  it('holds role, name and token, in clear or as a digest, with comments and empty lines between', () => {
    const digest = createHash('sha256').update(SECOND).digest('hex');
    const entries = parseTokens(`# comment\n\nadmin ops ${FIRST}\n  worker  w-1   sha256:${digest}\r\n`, 'tokens');
    expect(findToken(entries, FIRST)).toMatchObject({ role: 'admin', name: 'ops' });
    expect(findToken(entries, SECOND)).toMatchObject({ role: 'worker', name: 'w-1' });
    expect(findToken(entries, digest)).toBeUndefined();
    expect(findToken(entries, `sha256:${digest}`)).toBeUndefined();
    expect(findToken(entries, '')).toBeUndefined();
  });

  it('keeps no token in clear', () => {
    expect(JSON.stringify(parseTokens(`admin ops ${FIRST}`, 'tokens'))).not.toContain(FIRST);
  });

  it('names every problem at once, by line, and no word of a line that could be a token', () => {
    const message = problemsOf(
      [
        `${FIRST} admin ops`,
        'admin ops short',
        `admin ops ${FIRST}`,
        'read ops',
        `client a/b ${SECOND}`,
        'worker w sha256:abc',
        `read r ${FIRST}`,
        `read r ${SECOND} ${SECOND}`,
      ].join('\n'),
    );
    for (const part of [
      'line 1: the first word is no role; write one of admin, client, worker, read',
      'line 2: the token is shorter than 16 characters',
      'line 4: 2 words instead of three',
      'line 5: the name may hold',
      'line 6: `sha256:` must be followed by 64 hexadecimal digits',
      'line 7: the same token as in line 3',
      'line 8: 4 words instead of three',
    ]) {
      expect(message).toContain(part);
    }
    for (const secret of [FIRST, SECOND, 'short', 'abc'])
      expect(message).not.toMatch(new RegExp(`[ :]${secret}\\b(?!er)`));
  });

  it('must hold a token, and must be there', () => {
    expect(problemsOf('# nothing\n')).toContain('it holds no token');
    expect(() => open(join(folder, 'missing'))).toThrow(/cannot read the tokens file .*missing/);
  });

  it('that others can read is reported', () => {
    expect(open(fileWith(`admin a ${FIRST}`, 0o644)).warnings).toEqual([expect.stringContaining('chmod 600')]);
    expect(open(fileWith(`admin a ${FIRST}`)).warnings).toEqual([]);
  });
});

describe('a changed tokens file', () => {
  it('is taken up a second later, by the call that comes then', async () => {
    const file = fileWith(`admin a ${FIRST}\n`);
    const { tokens, wait, warnings } = open(file);
    expect(tokens.find(FIRST)).toMatchObject({ name: 'a' });
    writeFileSync(file, `read b ${SECOND}\n# longer than before\n`);
    wait(999);
    expect(tokens.find(SECOND)).toBeUndefined();
    wait(1);
    expect(await tokens.find(SECOND)).toMatchObject({ name: 'b', role: 'read' });
    expect(await tokens.find(FIRST)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('is looked at once for all calls that wait for it', async () => {
    const file = fileWith(`admin a ${FIRST}\n`);
    const { tokens, wait } = open(file);
    appendFileSync(file, `read b ${SECOND}\n`);
    wait(1000);
    const found = await Promise.all([tokens.find(SECOND), tokens.find(SECOND), tokens.find(FIRST)]);
    expect(found.map((entry) => entry?.name)).toEqual(['b', 'b', 'a']);
  });

  it('that is broken or gone changes nothing and is reported once', async () => {
    const file = fileWith(`admin a ${FIRST}\n`);
    const { tokens, wait, warnings } = open(file);
    writeFileSync(file, `nobody x ${SECOND}\n`);
    wait(1000);
    expect(await tokens.find(FIRST)).toMatchObject({ name: 'a' });
    wait(1000);
    expect(await tokens.find(SECOND)).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/line 1: .*stay valid$/)]);
    rmSync(file);
    for (let turn = 0; turn < 3; turn += 1) {
      wait(1000);
      expect(await tokens.find(FIRST)).toMatchObject({ name: 'a' });
    }
    expect(warnings).toHaveLength(2);
    writeFileSync(file, `read b ${SECOND}\n`, { mode: 0o600 });
    wait(1000);
    expect(await tokens.find(SECOND)).toMatchObject({ name: 'b' });
  });
});
