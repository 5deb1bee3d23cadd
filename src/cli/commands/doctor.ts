/** `nexum doctor`: does this machine have what Nexum needs? */
import type { Command } from 'commander';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { ExitCode } from '../exit-code.js';

const MARKS = { ok: 'ok   ', warning: 'warn ', error: 'ERROR' } as const;

export const doctorCommand: CliCommand = {
  name: 'doctor',
  summary: 'Check Node.js, SQLite, the data folder, the disk, the server and the model keys',
  define(command) {
    command.action(async (_flags: unknown, self: Command) => {
      const context = CommandContext.of(self);
      const { runChecks } = await import('../doctor-checks.js');
      const checks = await runChecks(context);
      const healthy = checks.every(({ status }) => status !== 'error');
      const lines = checks.flatMap(({ name, status, detail, fix }) => [
        `${MARKS[status]}  ${name.padEnd(12)} ${detail}`,
        ...(fix === null ? [] : [`         fix: ${fix}`]),
      ]);
      context.output.data({ ok: healthy, checks }, lines.join('\n'));
      if (!healthy) process.exitCode = ExitCode.UNEXPECTED;
    });
    addExamples(command, [
      ['nexum doctor', 'exit 0, or 1 when something is missing'],
      ['nexum doctor --json', '{"ok", "checks": [{name, status: ok|warning|error, detail, fix}]}'],
    ]);
  },
};
