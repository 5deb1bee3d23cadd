/** `nexum validate`: every problem of every file in one go. */
import type { Command } from 'commander';
import { NexumError } from '../../errors.js';
import { formatIssue, type Issue } from '../../pipeline/issue.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { isFixtureFile } from '../fixture-name.js';
import { ExitCode } from '../exit-code.js';
import { collect } from '../option-parsers.js';

interface FileResult {
  readonly file: string;
  readonly valid: boolean;
  readonly workflowId: string | null;
  readonly versionHash: string | null;
  readonly nodes: number | null;
  readonly issues: readonly Issue[];
}

export const validateCommand: CliCommand = {
  name: 'validate',
  summary: 'Check pipeline files: all problems of all files, each with its place and cure',
  define(command) {
    command
      .argument('<files...>', 'pipeline files (YAML), and their *.test.yaml')
      .option(
        '--handlers <module>',
        'module with your handlers, so that their names are known (repeatable)',
        collect,
        [],
      )
      .action(async (files: string[], flags: { handlers: string[] }, self: Command) => {
        const { output } = CommandContext.of(self);
        const own = flags.handlers.length === 0 ? [] : await handlerNames(flags.handlers);
        const results = await Promise.all(files.map((file) => check(file, own)));
        const valid = results.every((result) => result.valid);
        const report = {
          valid,
          issues: results.flatMap(({ issues }) => issues),
          files: results.map(({ issues: _listed, ...rest }) => rest),
        };
        output.data(report, results.map(resultText).join('\n'));
        if (!valid) process.exitCode = ExitCode.INVALID_PIPELINE;
      });
    addExamples(command, [
      ['nexum validate pipelines/*.yaml', 'exit 0, or 3 when a file has an error'],
      [
        'nexum validate p.yaml --json',
        '{"valid", "issues": [{code, severity, message, file, line, column, path, fix}], "files"}',
      ],
    ]);
    command.addHelpText('after', '\nWarnings are shown and do not change the exit code.');
  },
};

async function handlerNames(modules: readonly string[]): Promise<string[]> {
  const { loadHandlerModules } = await import('../handler-modules.js');
  return [...(await loadHandlerModules(modules)).keys()];
}

async function check(file: string, ownHandlers: readonly string[]): Promise<FileResult> {
  try {
    if (isFixtureFile(file)) {
      const { checkFixtureFile } = await import('../fixture-tests.js');
      const issues = await checkFixtureFile(file);
      return { file, valid: issues.length === 0, workflowId: null, versionHash: null, nodes: null, issues };
    }
    const { checkPipelineFile } = await import('../pipeline-file.js');
    const { compiled, issues } = await checkPipelineFile(file, ownHandlers);
    return {
      file,
      valid: compiled !== undefined,
      workflowId: compiled?.workflowId ?? null,
      versionHash: compiled?.versionHash ?? null,
      nodes: compiled ? Object.keys(compiled.ir.nodes).length : null,
      issues,
    };
  } catch (error) {
    // One unreadable file must not hide the problems of the others.
    if (!(error instanceof NexumError)) throw error;
    const { code, message, fix } = error;
    const issue: Issue = { code, severity: 'error', message, file, line: 1, column: 1, path: '', fix };
    return { file, valid: false, workflowId: null, versionHash: null, nodes: null, issues: [issue] };
  }
}

function resultText({ file, valid, workflowId, nodes, issues }: FileResult): string {
  const lines = issues.map(formatIssue);
  if (valid) lines.push(`${file}: ok${workflowId === null ? '' : ` (${workflowId}, ${nodes ?? 0} nodes)`}`);
  return lines.join('\n');
}
