/**
 * Canaries: the key of a provider that echoes it, and a secret of a node whose handlers are careless with it. Afterwards
 * nothing that is kept, said or served has them, in any spelling.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, startCli, temporaryFolder } from '../support/cli.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const KEY = 'sk-canary-7f3a9c51e0b24d68';
/** With characters that look otherwise in JSON, URLs and shells. */
const TOKEN = 'canary "tok\\en" 5d1e&8b77';
const PIPELINE = `
name: careless
inputs: { docs: { type: string, required: true } }
agents:
  asker: { instructions: Answer., tools: [search_documents] }
nodes:
  ask: { agent: asker, prompt: What is a lease?, retry: { initial_interval: 1ms } }
  work:
    needs: [ask]
    uses: leaky.work
    secrets: [LEAKY_TOKEN]
    env: { TOKEN: '\${{ secrets.LEAKY_TOKEN }}' }
  fail:
    needs: [work]
    uses: leaky.fail
    secrets: [LEAKY_TOKEN]
    env: { TOKEN: '\${{ secrets.LEAKY_TOKEN }}' }
    retry: { max_attempts: 2, initial_interval: 1ms }
    continue_on_error: true
output: \${{ nodes.work.output }}
`;

const cwd = temporaryFolder();
/** Everything that was said or kept, by where. */
const said = new Map<string, string>();
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await ScriptedProvider.start(
    { 0: { calls: [['search_documents', { query: 'lease' }]] }, 1: { text: 'A lease is a claim.' } },
    ({ authorization }, nth) => (nth === 1 ? { status: 500, body: echo(authorization) } : undefined),
  );
  writeFileSync(join(cwd, 'careless.yaml'), PIPELINE);
  const env = { ...provider.env(KEY), LEAKY_TOKEN: TOKEN };
  const handlers = join(ROOT, 'test/e2e/leaky-handlers.js');
  const dev = startCli(
    ['dev', 'careless.yaml', '--json', '--handlers', handlers, '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'],
    { cwd, env },
  );
  const [, address = ''] = await dev.until(/"event":"ready".*?"address":"([^"]+)"/);
  for (const [name, args] of Object.entries({
    run: ['run', 'careless.yaml', '-i', `docs=${join(ROOT, 'test/fixtures/documents')}`, '--server', address],
    ps: ['ps', '--all', '--json'],
    get: ['get', 'last', '--json'],
    events: ['events', 'last', '--json'],
    logs: ['logs', 'last'],
    doctor: ['doctor'],
  })) {
    const { code, stdout, stderr } = await runCli(args, { cwd, env });
    expect(code, `${name}: ${stderr}`).toBe(0);
    said.set(`nexum ${name}`, stdout + stderr);
  }
  dev.kill('SIGTERM');
  const { stdout, stderr } = await dev.ended;
  said.set('nexum dev', stdout + stderr);
  for (const file of filesIn(cwd)) said.set(file, readFileSync(file, 'latin1'));
});

afterAll(async () => {
  await provider.stop();
  await cleanUp();
});

describe('secrets', () => {
  test('were really used, and what happened can be read', () => {
    expect(provider.asked.length).toBeGreaterThan(2);
    expect(new Set(provider.asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${KEY}`]));
    expect(said.get('nexum run')).toContain(String(TOKEN.length));
    expect(said.get('nexum get')).toContain('cannot reach https://user:***@example.com');
    expect(said.get('nexum dev')).toContain('uses ***');
    expect([...said.keys()].some((name) => name.includes('nexum.db'))).toBe(true);
  });

  test.each([
    ['the key of the provider', KEY],
    ['the secret of a node', TOKEN],
  ])('%s stands nowhere, in no spelling', (_what, secret) => {
    const found = [...said].flatMap(([where, text]) =>
      spellings(secret).flatMap((spelling) => (text.includes(spelling) ? [`${where}: ${around(text, spelling)}`] : [])),
    );
    expect(found).toEqual([]);
  });
});

/** A careless provider. */
function echo(authorization: string): string {
  const key = authorization.slice('Bearer '.length);
  const message = `upstream failed for ${authorization} (${Buffer.from(key).toString('base64')}, ${encodeURIComponent(key)})`;
  return JSON.stringify({ error: { message, type: 'server_error', param: key, code: key } });
}

function spellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    // JSON in JSON, as the payload of an event in an answer.
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    // A part that nothing spells otherwise.
    secret.slice(-9),
  ];
}

function around(text: string, spelling: string): string {
  const at = text.indexOf(spelling);
  return text.slice(Math.max(0, at - 120), at + spelling.length + 40);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && !file.endsWith('careless.yaml'));
}
