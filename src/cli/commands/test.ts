/** `nexum test`: pipelines run in memory against what their tests expect. */
import type { Command } from 'commander';
import type { TestFailure, TestResult } from '../../simulation/run-fixture.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { ExitCode } from '../exit-code.js';
import type { FileResult } from '../fixture-tests.js';

export const testCommand: CliCommand = {
  name: 'test',
  summary: 'Run pipelines in memory with scripted results and a fake clock, and check what they do',
  define(command) {
    command
      .argument('[files...]', 'test files (default: every *.test.yaml in ./pipelines)')
      .option('--filter <text>', 'only tests with this text in their name')
      .action(async (files: string[], flags: { filter?: string }, self: Command) => {
        const { output } = CommandContext.of(self);
        const { runFixtures } = await import('../fixture-tests.js');
        const results = await runFixtures(files, flags.filter);
        const tests = results.flatMap((result) => result.tests);
        const failed = tests.filter((test) => test.failures.length > 0).length;
        const passed = tests.length - failed;
        const report = { passed, failed, files: results.map(reportOf) };
        output.data(report, `${results.map(fileText).join('\n')}\n\n${passed} passed, ${failed} failed`);
        if (failed > 0) process.exitCode = ExitCode.FAILED;
      });
    addExamples(command, [
      ['nexum test', 'every test of ./pipelines'],
      ['nexum test pipelines/*.test.yaml --filter urgent', 'some of them'],
      ['nexum test --json', '{"passed", "failed", "files": [{file, pipeline, tests: [{name, passed, failures}]}]}'],
    ]);
    command.addHelpText('after', '\nExit: 0 all passed, 10 a test failed, 3 a test file or a pipeline is invalid.');
  },
};

function reportOf({ file, pipeline, tests }: FileResult): object {
  const each = ({ failures, ...test }: TestResult): object => ({ ...test, passed: failures.length === 0, failures });
  return { file, pipeline, tests: tests.map(each) };
}

function fileText({ file, tests }: FileResult): string {
  const lines = tests.flatMap(({ name, failures }) =>
    failures.length === 0
      ? [`  ok      ${name}`]
      : [`  FAILED  ${name}`, ...failures.map((failure) => failureText(file, failure))],
  );
  return [file, ...lines].join('\n');
}

function failureText(file: string, { where, line, column, message, expected, got }: TestFailure): string {
  const place = `      ${file}:${line}:${column}${where === '' ? '' : `  ${where}`}`;
  if (expected === undefined) return `${place}\n        ${message}`;
  return `${place}\n        expected  ${expected}\n        got       ${got ?? ''}`;
}
