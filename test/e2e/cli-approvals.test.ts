import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, runCli, startCli, temporaryFolder, type CliProcess } from '../support/cli.js';
import { freePort } from '../support/processes.js';

const SIGN = `name: sign
nodes:
  draft: { compute: the draft }
  sign_off:
    needs: [draft]
    approval:
      message: "Publish \${{ nodes.draft.output }}?"
      approvers: [ada, bob]
      form: { copies: { type: integer, required: true } }
  print: { needs: [sign_off], uses: text.template, with: { text: "\${{ nodes.sign_off.output.form.copies }} copies" } }
output: \${{ nodes.print.output }}
`;
const TWO = `name: two
nodes:
  legal: { approval: { message: Legal? } }
  money: { approval: { message: Money? } }
  both: { needs: [legal, money], compute: done }
output: \${{ nodes.both.output }}
`;
const AGAIN = `name: again
nodes:
  improve:
    loop:
      until: nodes.ok.output.approved
      max_iterations: 3
      nodes: { ok: { approval: { message: Good enough?, on_reject: continue } } }
output: \${{ nodes.improve.output.comment }}
`;
const TWICE = `name: twice
graph:
  entry: [a, b]
  edges:
    - { from: a, to: ok, activation_condition: any }
    - { from: b, to: ok, activation_condition: any }
nodes:
  a: { compute: 1 }
  b: { compute: 2 }
  ok: { approval: { message: Really? } }
`;
const PARENT = `name: parent
nodes:
  child: { pipeline: { file: two.yaml } }
  end: { needs: [child], uses: text.template, with: { text: "the parent is \${{ nodes.child.output }}" } }
output: \${{ nodes.end.output }}
`;

afterAll(cleanUp);

function folder(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'sign.yaml'), SIGN);
  writeFileSync(join(cwd, 'two.yaml'), TWO);
  writeFileSync(join(cwd, 'parent.yaml'), PARENT);
  writeFileSync(join(cwd, 'again.yaml'), AGAIN);
  writeFileSync(join(cwd, 'twice.yaml'), TWICE);
  return cwd;
}

/** Runs to the approval; returns the id. */
async function runUntilApproval(cwd: string, file: string, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout } = await runCli(['run', file, '--json'], { cwd, env });
  expect(code).toBe(13);
  const report = JSON.parse(stdout) as { executionId: string };
  expect(report).toMatchObject({ status: 'RUNNING', waitsFor: 'approval' });
  return report.executionId;
}

describe.concurrent('approvals', { timeout: 60_000 }, () => {
  test('run ends with 13 and says what is asked; approve without a server goes on to the result', async () => {
    const cwd = folder();
    const run = await runCli(['run', 'sign.yaml', '--label', 'team=docs', '--priority', '7'], { cwd });
    expect(run.code).toBe(13);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain('sign_off asks: Publish the draft?');
    const [, command = '', id = ''] = /answer: nexum (approve (exec-\S+) .*)/.exec(run.stderr) ?? [];
    expect(command).toBe(`approve ${id} sign_off --approver ada -f copies=...`);
    const get = await runCli(['get', id, '--json'], { cwd });
    expect(JSON.parse(get.stdout)).toMatchObject({ labels: { team: 'docs' }, priority: 7 });
    const list = await runCli(['approvals', '--json'], { cwd });
    expect(JSON.parse(list.stdout)).toMatchObject({
      approvals: [
        {
          executionId: id,
          workflowId: 'sign',
          node: 'sign_off',
          message: 'Publish the draft?',
          deadline: null,
          approvers: ['ada', 'bob'],
          form: { copies: { type: 'integer' } },
        },
      ],
    });
    const stranger = await runCli(['approve', id, '--approver', 'eve', '-f', 'copies=3'], { cwd });
    expect([stranger.code, stranger.stderr]).toEqual([4, expect.stringContaining('NOT_AN_APPROVER') as string]);
    const wrongForm = await runCli(['approve', id, '--approver', 'ada', '-f', 'copies=many'], { cwd });
    expect(wrongForm.code).toBe(2);
    const args = ['approve', 'last', '--form', '{"copies": 1}', '-f', 'copies=3'];
    const done = await runCli(args, { cwd, env: { NEXUM_APPROVER: 'bob' } });
    expect(done.stderr).toContain(`sign_off of ${id} was approved by bob`);
    expect([done.code, done.stdout]).toEqual([0, '3 copies\n']);
    expect((await runCli(['approvals'], { cwd })).stdout).toBe('nothing waits for a person\n');
  });

  test('a node must be named when several wait; each wrong one lists those that wait', async () => {
    const cwd = folder();
    const id = await runUntilApproval(cwd, 'two.yaml');
    const [none, wrong] = [await runCli(['approve', id], { cwd }), await runCli(['approve', id, 'both'], { cwd })];
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('legal, money') as string]);
    expect([wrong.code, wrong.stderr]).toEqual([6, expect.stringContaining('legal, money') as string]);
    const first = await runCli(['approve', id, 'legal', '--approver', 'me', '--json'], { cwd });
    expect(first.code).toBe(13);
    expect(JSON.parse(first.stdout)).toMatchObject({
      executionId: id,
      status: 'RUNNING',
      node: 'legal',
      approved: true,
      approver: 'me',
      alreadyApplied: false,
      approvals: [{ node: 'money' }],
    });
    const last = await runCli(['approve', id], { cwd });
    expect([last.code, last.stdout]).toEqual([0, 'done\n']);
  });

  test('reject ends the execution, and the command with 10', async () => {
    const cwd = folder();
    const id = await runUntilApproval(cwd, 'sign.yaml');
    const { code, stderr } = await runCli(['reject', id, '--approver', 'ada', '--reason', 'too long'], { cwd });
    expect(code).toBe(10);
    expect(stderr).toContain('APPROVAL_REJECTED: ada rejected node sign_off: too long');
  });

  test('a loop asks again, and each of its questions ends the commands with 13', async () => {
    const cwd = folder();
    const id = await runUntilApproval(cwd, 'again.yaml');
    const no = await runCli(['reject', id, '--reason', 'not yet', '--json'], { cwd });
    expect(no.code).toBe(13);
    expect(JSON.parse(no.stdout)).toMatchObject({ approvals: [{ node: 'ok', iteration: 2 }] });
    const late = await runCli(['approve', id, 'ok#1', '--comment', 'too late'], { cwd });
    expect([late.code, late.stderr]).toEqual([6, expect.stringContaining('was already rejected') as string]);
    const yes = await runCli(['approve', id, 'ok#2', '--comment', 'fine'], { cwd });
    expect([yes.code, yes.stdout]).toEqual([0, 'fine\n']);
  });

  test('of two questions of one node each is named', async () => {
    const cwd = folder();
    const id = await runUntilApproval(cwd, 'twice.yaml');
    const both = await runCli(['approve', id, 'ok'], { cwd });
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('ok#1, ok#2') as string]);
    const second = await runCli(['approve', id, 'ok#2', '--json'], { cwd });
    expect(second.code).toBe(13);
    expect(JSON.parse(second.stdout)).toMatchObject({ approvals: [{ node: 'ok', iteration: 1 }] });
    expect((await runCli(['approve', id, 'ok'], { cwd })).code).toBe(0);
  });

  test('the approvals of a child are those of its parent, which goes on with it', async () => {
    const cwd = folder();
    const { code, stdout } = await runCli(['run', 'parent.yaml', '--json'], { cwd });
    expect(code).toBe(13);
    const { executionId, approvals } = JSON.parse(stdout) as {
      executionId: string;
      approvals: { executionId: string; node: string }[];
    };
    expect(approvals.map(({ node }) => node)).toEqual(['legal', 'money']);
    const child = approvals[0]?.executionId ?? '';
    const parent = await runCli(['approve', executionId], { cwd });
    expect([parent.code, parent.stderr]).toEqual([6, expect.stringContaining(`legal of its child ${child}`) as string]);
    expect((await runCli(['approve', child, 'legal'], { cwd })).code).toBe(13);
    const last = await runCli(['approve', child, 'money'], { cwd });
    expect([last.code, last.stdout]).toEqual([0, 'the parent is done\n']);
  });

  test('an approval outlives the SIGKILL of its server; the answer is enough for server and worker to go on', async () => {
    const cwd = folder();
    const address = `localhost:${await freePort()}`;
    const env = { NEXUM_SERVER: address };
    const startServer = async (): Promise<CliProcess> => {
      const server = startCli(['server', '--listen', address, '--data-dir', 'data'], { cwd });
      await server.until(/listening|listens/);
      return server;
    };
    const first = await startServer();
    const worker = startCli(['worker', 'sign.yaml'], { cwd, env });
    const id = await runUntilApproval(cwd, 'sign.yaml', env);
    first.kill('SIGKILL');
    await first.ended;
    const second = await startServer();
    const args = ['approve', id, 'sign_off', '--approver', 'ada', '-f', 'copies=2'];
    const { code, stdout } = await runCli([...args, '--json'], { cwd, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ executionId: id, node: 'sign_off', approved: true, approver: 'ada' });
    const again = await runCli([...args, '--wait', '--json'], { cwd, env });
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ status: 'COMPLETED', output: '2 copies', alreadyApplied: true });
    worker.kill('SIGTERM');
    second.kill('SIGTERM');
    await Promise.all([worker.ended, second.ended]);
  });
});
