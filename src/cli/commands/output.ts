/** `nexum output`: the output of an execution, or of one node. */
import type { Command } from 'commander';
import type { Json } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import type { ExecutionDetail__Output } from '../../rpc/generated/nexum/ExecutionDetail.js';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { parseJson, summaryOf } from '../execution-report.js';
import { withClient } from '../with-client.js';

export const outputCommand: CliCommand = {
  name: 'output',
  summary: 'Print the output of an execution, or of one of its nodes',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .argument('[node]', 'node name; of a node that ran several times, the newest output')
      .action(async (id: string, node: string | undefined, _flags: unknown, self: Command) => {
        const context = CommandContext.of(self);
        const { resolveExecutionId } = await import('../execution-wait.js');
        await withClient(context, async (client) => {
          const executionId = await resolveExecutionId(client, id);
          const detail = await client.getExecution(executionId);
          const output = node === undefined ? executionOutput(detail) : nodeOutput(detail, node);
          const text = typeof output === 'string' ? output : JSON.stringify(output, null, 2);
          context.output.data({ executionId, node: node ?? null, output }, text);
        });
      });
    addExamples(command, [
      ['nexum output last', 'a text as it is, anything else as JSON'],
      ['nexum output last validate --json', '{"executionId", "node", "output"}'],
    ]);
  },
};

function executionOutput(detail: ExecutionDetail__Output): Json {
  const { executionId, status } = summaryOf(detail);
  if (detail.outputJson === '')
    throw nexumError('NO_OUTPUT', `execution ${executionId} is ${status} and has no output`);
  return parseJson(detail.outputJson);
}

function nodeOutput(detail: ExecutionDetail__Output, name: string): Json {
  const nodes = detail.nodes.filter(({ nodeId }) => nodeId === name);
  if (nodes.length === 0) {
    const names = [...new Set(detail.nodes.map(({ nodeId }) => nodeId))].join(', ');
    throw nexumError('NODE_NOT_FOUND', `the execution has no node ${JSON.stringify(name)} (nodes: ${names})`);
  }
  const newest = nodes.findLast(({ outputJson }) => outputJson !== '');
  if (!newest) throw nexumError('NO_OUTPUT', `node ${name} is ${nodes.at(-1)?.status ?? 'PENDING'} and has no output`);
  return parseJson(newest.outputJson);
}
