/** `nexum agent`: one agent in this process, every call of it durable in a session that a repeated command goes on with. */
import type { AgentOutcome, AgentTask } from '../../agents/agent-loop.js';
import type { Model } from '../../agents/models/chat.js';
import { NexumError } from '../../errors.js';
import { permissionsOf, type Permissions } from '../../handlers/permissions.js';
import type { DurableSession, HandlerLog } from '../../worker/handler.js';
import { maskSecrets } from '../../worker/task-secrets.js';
import type { CommandContext } from '../context.js';
import { exitCodeOf, ExitCode } from '../exit-code.js';
import { interruptCode, untilInterrupt } from '../shutdown.js';
import { AgentCrash } from './agent-crash.js';
import { checkDocsFolder, planAgent, type AgentFlags, type AgentPlan } from './agent-plan.js';
import { agentReport, answerText, endText, startText, type AgentResult } from './agent-report.js';
import { openAgentSession } from './agent-session.js';
import { equip, KNOWN_TOOLS, needsDocuments, USUAL_TOOLS } from './agent-tools.js';
import { secretsOf } from './call-label.js';
import { callLines } from './call-lines.js';
import { openLiveText, type LiveText } from './live-text.js';
import { WatchedSession, type CallWatcher } from './watched-session.js';

const SILENT: CallWatcher = { submitted: () => undefined, ended: () => undefined };

/** What is said beside the answer; with --json one object per line. */
type Say = (event: string, fields: Readonly<Record<string, unknown>>, text: string) => void;

/** @returns the exit code */
export async function runAgentCommand(context: CommandContext, question: string, flags: AgentFlags): Promise<number> {
  const { output } = context;
  const quiet = flags.quiet === true;
  const plan = planAgent(question, flags, {
    env: process.env,
    knownTools: KNOWN_TOOLS,
    usualTools: USUAL_TOOLS,
    remote: context.explicitServer,
  });
  if (needsDocuments(plan.spec.tools)) await checkDocsFolder(plan.docs);
  const permissions = permissionsOf(process.env, flags);
  const live = await openLiveText(output, quiet);
  const secrets = secretsOf(process.env);
  const hide = (text: string): string => maskSecrets(text, secrets);
  const say: Say = (event, fields, text) => {
    live.clear();
    if (!quiet) output.note(hide(output.json ? JSON.stringify({ event, ...fields }) : text));
  };
  const [{ modelSource }, { runAgent }] = await Promise.all([
    import('../../agents/models/model.js'),
    import('../../agents/agent-loop.js'),
  ]);
  const model = modelSource(plan.env)(plan.spec.model, (line) => say('note', { text: line }, line));
  const crash = new AgentCrash(plan, quiet ? SILENT : callLines(output, secrets, () => live.clear()));
  crash.arm();
  // Before the server starts: a signal must not find it half open.
  const interrupted = untilInterrupt();
  const { session, close } = await openAgentSession(context, plan.sessionId);
  try {
    say('session', { session: plan.sessionId, model: model.id }, startText(plan, model.id));
    return await answer({ context, plan, model, session, crash, say, hide, live, permissions, runAgent }, interrupted);
  } finally {
    await close();
  }
}

interface Turn {
  readonly context: CommandContext;
  readonly plan: AgentPlan;
  readonly model: Model;
  readonly session: DurableSession;
  readonly crash: AgentCrash;
  readonly say: Say;
  /** Takes the secrets of the environment out of a text. */
  readonly hide: (text: string) => string;
  readonly live: LiveText;
  readonly permissions: Permissions;
  readonly runAgent: (task: AgentTask) => Promise<AgentOutcome>;
}

async function answer(turn: Turn, interrupted: Promise<NodeJS.Signals>): Promise<number> {
  const { context, crash, say } = turn;
  const stop = new AbortController();
  let signal: NodeJS.Signals | undefined;
  void interrupted.then((received) => {
    signal = received;
    stop.abort(new Error(`interrupted by ${received}`));
  });
  try {
    // A call that somebody else holds ends only with its session: nobody waits for that after Ctrl-C.
    const result = await Promise.race([converse(turn, stop.signal), untilAborted(stop.signal)]);
    if (crash.survived !== undefined) say('warning', { text: crash.survived }, `warning: ${crash.survived}`);
    say('answered', {}, endText(result));
    context.output.data(agentReport(result), answerText(result.outcome.output));
    return ExitCode.OK;
  } catch (error) {
    const how = goOnText(turn);
    if (signal !== undefined) {
      say('interrupted', { session: turn.plan.sessionId }, `interrupted; ${how}`);
      return interruptCode(signal);
    }
    context.output.error(error, turn.hide);
    if (error instanceof NexumError && error.code === 'CALL_DIVERGED') {
      say('hint', {}, `to ask anew, name another --session-id, or nexum session rm ${turn.plan.sessionId}`);
    } else if (crash.executed > 0) say('failed', { session: turn.plan.sessionId }, how);
    return failureCode(error);
  }
}

async function converse(turn: Turn, signal: AbortSignal): Promise<AgentResult> {
  const { plan, model, crash, say, runAgent } = turn;
  const session = new WatchedSession(turn.session, crash);
  const started = performance.now();
  const task = { spec: plan.spec, docs: plan.docs, session, log: warningsTo(say), signal };
  const outcome = await runAgent({
    ...task,
    ...(await equip(task, plan.env, turn.permissions)),
    node: 'agent',
    prompt: plan.question,
    model,
    ...(turn.live.add ? { onDelta: turn.live.add } : {}),
  });
  const { sessionId, question } = plan;
  const durationMs = performance.now() - started;
  return { sessionId, question, model: model.id, outcome, calls: { ...session.stats }, durationMs };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted', { cause: signal.reason })));
  });
}

/** The steps are told as calls; only what goes wrong is told besides. */
function warningsTo(say: Say): HandlerLog {
  const tell = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    say('warning', { text: message, ...fields }, `warning: ${message}`);
  return { info: () => undefined, warn: tell, error: tell };
}

function goOnText({ plan, crash }: Turn): string {
  const kept = `the calls of the session ${plan.sessionId} are kept`;
  return crash.executed > 0 ? `${kept}: the same command goes on after them` : `the same command starts it again`;
}

/** An agent that failed is a failed execution, unless the command itself was wrong. */
function failureCode(error: unknown): number {
  const code = exitCodeOf(error);
  const unexpected = error instanceof NexumError && error.code === 'INTERNAL';
  return code === ExitCode.UNEXPECTED && !unexpected ? ExitCode.FAILED : code;
}
