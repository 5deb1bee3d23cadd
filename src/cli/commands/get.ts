/** `nexum get`: everything about one execution. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import {
  executionError,
  inRunningOrder,
  nodeDetailReport,
  originReport,
  parseJson,
  summaryOf,
  summaryReport,
} from '../execution-report.js';
import { graphReport } from '../graph-report.js';
import { limitReport, usageReport } from '../usage-report.js';
import { withClient } from '../with-client.js';

export const getCommand: CliCommand = {
  name: 'get',
  summary: 'Show one execution: nodes, attempts, errors, leases',
  define(command) {
    command.argument('<execution>', EXECUTION_ARGUMENT).action(async (id: string, _flags: unknown, self: Command) => {
      const context = CommandContext.of(self);
      const [{ resolveExecutionId }, { executionText }] = await Promise.all([
        import('../execution-wait.js'),
        import('../execution-text.js'),
      ]);
      await withClient(context, async (client) => {
        const executionId = await resolveExecutionId(client, id);
        const detail = await client.getExecution(executionId);
        const report = {
          ...summaryReport(summaryOf(detail)),
          ...originReport(summaryOf(detail)),
          reruns: detail.reruns,
          error: executionError(detail),
          input: parseJson(detail.inputJson),
          output: parseJson(detail.outputJson),
          graph: graphReport(detail),
          usage: usageReport(detail.usage),
          budget: limitReport(detail),
          lastSeq: detail.lastSeq,
          nodes: inRunningOrder(detail.nodes).map(nodeDetailReport),
        };
        context.output.data(report, executionText(detail, Date.now()));
      });
    });
    addExamples(command, [
      ['nexum get last', 'the newest execution'],
      ['nexum get 3f9a2c71', 'by the end of its id'],
      ['nexum get exec-... --json', 'with input, outputs and the history of every attempt'],
    ]);
  },
};
