/** `nexum agent`: asks an agent, durably. */
import type { Command } from 'commander';
import type { AgentFlags } from '../agent/agent-plan.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { addMachineOptions } from '../permission-options.js';
import { countOf, parseNames } from '../option-parsers.js';

const DEFAULT_MAX_STEPS = 8;

export const agentCommand: CliCommand = {
  name: 'agent',
  summary: 'Ask an agent; killed anywhere, the same command goes on after the last committed call',
  define(command) {
    addMachineOptions(command)
      .argument('<question>', 'what the agent is asked')
      .option('--docs <folder>', 'the documents that it searches and reads', '.')
      .option('--session-id <id>', 'the session of its calls (default: SESSION_ID, else made of the question)')
      .option('--model <name>', 'provider/model, or offline (default: NEXUM_MODEL, else offline)')
      .option('--base-url <url>', 'the endpoint of the model, such as http://localhost:8000/v1')
      .option('--tools <names>', 'the tools that it has, with commas (default: those for documents)', parseNames)
      .option('--instructions <text>', 'what it is told before the question')
      .option(
        '--max-steps <n>',
        'model calls at most; then it answers with what it knows',
        countOf('--max-steps'),
        DEFAULT_MAX_STEPS,
      )
      .option('--code', 'let it write JavaScript that calls its tools, in the sandbox')
      .option(
        '--crash-after-step <n>',
        'kill this process after n newly executed calls were committed',
        countOf('--crash-after-step'),
      )
      .option('--crash-point <name>', 'kill this process in a crash window: call.claimed, call.executed, ...')
      .option('--address <addresses>', 'the same as --server: host:port, or several with commas')
      .option('--quiet', 'only the answer')
      .action(async (question: string, flags: AgentFlags, self: Command) => {
        const { runAgentCommand } = await import('../agent/run-agent.js');
        process.exitCode = await runAgentCommand(CommandContext.withAddress(self, flags.address), question, flags);
      });
    addExamples(command, [
      ['nexum agent "What does a fenced lease guarantee?" --docs docs', 'offline: quotations with file and lines'],
      ['nexum agent "..." --docs docs --session-id s1 --crash-after-step 1', 'dies by SIGKILL after its first call'],
      ['nexum agent "..." --docs docs --session-id s1', 'goes on: already COMPLETED (cached)'],
      ['nexum agent "..." --model openai/gpt-5-mini', 'with OPENAI_API_KEY'],
      ['nexum agent "..." --model llama --base-url http://localhost:8000/v1', 'any compatible server'],
    ]);
    command.addHelpText(
      'after',
      `
Every model call and every tool call is a durable call of the session, which is kept by the server of the data folder,
by one inside this process, or by --server. Committed calls are read back; a finished session answers in milliseconds.
To ask again, name another session, or nexum session rm <id>.

The answer goes to stdout, the calls to stderr: submitted, done, already COMPLETED (cached), failed. With --json:
  {session, question, model, state: completed|max_steps, answer, findings, steps, calls: {executed, replayed},
   usage: {inputTokens, outputTokens, ...}, costUsd, durationMs}
Exit: 0 answered, 2 wrong usage, 6 the session holds another conversation, 10 the agent failed, 130 Ctrl-C.`,
    );
  },
};
