/** Free graphs as their users see them: real processes, conditions asked by workers, a limit, a resume with a message. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { WorkflowIr } from '../../src/core/ir.js';
import { NexumClient } from '../../src/rpc/client.js';
import { cleanUp, runCli, startCli, temporaryFolder, type CliProcess } from '../support/cli.js';

const HANDLERS = `export default {
  'test.write': (_input, { iteration }) => \`draft \${iteration}\`,
  'test.review': (_input, { iteration }) => (iteration < 3 ? 'Not yet.' : { verdict: 'good' }),
  'test.good': ({ output }) => output.verdict === 'good',
  'test.bad': ({ text, from, to }) => text === 'Not yet.' && from === 'reviewer' && to === 'writer',
};
`;

/** Two turns each round, and a limit of four. */
const REVIEW: WorkflowIr = {
  nodes: {
    writer: effect('test.write', { edges: [{ to: 'reviewer' }] }),
    reviewer: effect('test.review', {
      reads: ['writer'],
      edges: [
        { to: 'print', when: { handler: 'test.good' } },
        { to: 'writer', when: { handler: 'test.bad' }, group: 'again' },
      ],
    }),
    print: effect('text.template', {
      with: { text: 'Printed: ${{ nodes.writer.output }}' },
      reads: ['writer', 'reviewer'],
    }),
  },
  pipeline: {
    name: 'review',
    inputs: {},
    graph: { entry: ['writer'], scheduling: 'eager', maxTurns: 4, task: 'Write about leases.' },
  },
};

function effect(handler: string, behaviour: object): WorkflowIr['nodes'][string] {
  return { type: 'EFFECT', dependencies: [], 'x-nexum': { handler, ...behaviour } };
}

afterAll(cleanUp);

interface Rig {
  readonly cwd: string;
  readonly address: string;
  readonly server: CliProcess;
  readonly executionId: string;
  readonly cli: (...args: string[]) => ReturnType<typeof runCli>;
}

/** A server with a worker that has run the graph up to its limit. */
async function pausedByLimit(): Promise<Rig> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'handlers.js'), HANDLERS);
  const server = startCli(['server', '--listen', '127.0.0.1:0'], { cwd });
  const [, address = ''] = await server.until(/(127\.0\.0\.1:\d+)/);
  const worker = startCli(['worker', '--server', address, '--handlers', './handlers.js'], { cwd });
  await worker.until(/ready/);
  const client = new NexumClient(address);
  const irJson = JSON.stringify(REVIEW);
  const versionHash = `sha256:${createHash('sha256').update(irJson).digest('hex')}`;
  await client.call('RegisterWorkflow', { workflowId: 'review', versionHash, irJson });
  const { executionId } = await client.call('StartExecution', { workflowId: 'review', versionHash, inputJson: '{}' });
  client.close();
  const cli = (...args: string[]): ReturnType<typeof runCli> => runCli([...args, '--server', address], { cwd });
  return { cwd, address, server, executionId, cli };
}

describe.concurrent('a free graph on the command line', { timeout: 120_000 }, () => {
  test('stops at its limit with 13, says how to go on, and hears the message of the resume', async () => {
    const { cli, executionId, address } = await pausedByLimit();
    const run = await cli('run', '--attach', executionId);
    expect(run).toMatchObject({ code: 13, stdout: '' });
    expect(run.stderr).toContain(
      `paused: max_turns (4) reached after 4 turns; go on with: nexum resume --server ${address} ${executionId}`,
    );
    const wait = await cli('wait', 'last', '--json');
    expect(wait.code).toBe(13);
    expect(JSON.parse(wait.stdout)).toMatchObject({ status: 'PAUSED', reason: 'limit' });
    const get = (await cli('get', executionId)).stdout;
    expect(get).toContain('status     PAUSED');
    expect(get).toContain('reviewer#2');

    const resumed = await cli('resume', executionId, '--message', 'Be brief.', '--wait', '--json');
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      ...{ status: 'COMPLETED', output: 'Printed: draft 3', alreadyApplied: false },
      graph: { scheduling: 'eager', totalTurns: 7, turns: 3, stopReason: 'complete', stoppedBy: null, unsatisfied: [] },
    });
    const said = [
      ...[
        ['user', 'Write about leases.'],
        ['writer', 'draft 1'],
        ['reviewer', 'Not yet.'],
        ['writer#2', 'draft 2'],
      ],
      ...[
        ['reviewer#2', 'Not yet.'],
        ['user', 'Be brief.'],
        ['writer#3', 'draft 3'],
      ],
      ...[
        ['reviewer#3', '{"verdict":"good"}'],
        ['print', 'Printed: draft 3'],
      ],
    ];
    const lines = (await cli('messages', executionId)).stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^#\d+ /, ''))).toEqual(said.map((line) => line.join('  ')));
    const page = JSON.parse((await cli('messages', 'last', '--limit', '2', '--json')).stdout) as {
      messages: { seq: number; source: string; iteration: number | null; content: string }[];
      more: boolean;
    };
    expect(page).toMatchObject({ executionId, more: true, messages: [{ source: 'user', iteration: null }, {}] });
    const after = await cli('messages', 'last', '--after', String(page.messages[1]?.seq), '--limit', '1', '--full');
    expect(after.stdout).toMatch(/^#\d+ reviewer\n {2}Not yet\.\n/);
    expect(after.stderr).toMatch(/^there is more: --after \d+\n$/);
    const late = await cli('resume', executionId, '--message', 'Too late', '--json');
    expect(late.code).toBe(6);
    expect(late.stderr).toContain('EXECUTION_CLOSED');
  });

  test('goes on to its end inside the command when no server runs', async () => {
    const { cli, executionId, server, cwd } = await pausedByLimit();
    expect((await cli('wait', executionId)).code).toBe(13);
    server.kill('SIGTERM');
    await server.ended;
    const args = ['resume', executionId, '--data-dir', '.nexum', '--handlers', './handlers.js', '--message', 'Go on.'];
    const resumed = await runCli(args, { cwd });
    expect(resumed).toMatchObject({ code: 0, stdout: 'Printed: draft 3\n' });
    expect(resumed.stderr).toContain(`${executionId} is RUNNING, and has the message`);
    expect(resumed.stderr).toMatch(/completed in .* \(complete\)/);
  });

  test('is needed for a message, and a message needs a text', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'ask.yaml'), 'name: ask\nnodes:\n  ask: { approval: { message: "May I?" } }\n');
    expect((await runCli(['run', 'ask.yaml'], { cwd })).code).toBe(13);
    const refused = await runCli(['resume', 'last', '--message', 'hi', '--data-dir', '.nexum'], { cwd });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/graph/);
    const empty = await runCli(['resume', 'last', '--message', ' ', '--data-dir', '.nexum'], { cwd });
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('--message is empty') as string });
    const none = await runCli(['messages', 'last', '--json', '--data-dir', '.nexum'], { cwd });
    expect(JSON.parse(none.stdout)).toMatchObject({ messages: [], more: false });
  });
});
