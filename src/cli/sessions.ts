/** `nexum session ls | show | rm`: sessions are namespaces of durable calls, and nothing else is stored of them. */
import { stepsOf } from '../agents/steps.js';
import { callRecord, type CallRecord } from '../durable/call-record.js';
import { nexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import { secretsOf } from './agent/call-label.js';
import type { CommandContext } from './context.js';
import { resolveExecutionId } from './execution-wait.js';
import { table } from './output.js';
import { sessionReport, sessionText, type ShowFlags } from './session-report.js';
import { formatDate, isoTime } from './text-format.js';
import { withClient } from './with-client.js';

export async function listSessions(context: CommandContext): Promise<void> {
  const sessions = await withClient(context, (client) => collected(client.listSessions()), 'first');
  const entries = sessions.map(({ session, calls, newestAtMs }) => ({ session, calls, newestAt: isoTime(newestAtMs) }));
  const rows = sessions.map(({ session, calls, newestAtMs }) => [session, String(calls), formatDate(newestAtMs)]);
  const text = rows.length === 0 ? 'no sessions' : table(['SESSION', 'CALLS', 'NEWEST CALL'], rows);
  context.output.data({ sessions: entries }, text);
}

/** @throws NexumError SESSION_NOT_FOUND when it holds no call */
export async function showSession(context: CommandContext, name: string, flags: ShowFlags): Promise<void> {
  const { session, calls } = await withClient(
    context,
    async (client) => {
      const id = await sessionId(client, name);
      return { session: id, calls: (await collected(client.listCalls(id, { payloads: true }))).map(callRecord) };
    },
    'first',
  );
  if (calls.length === 0) throw notFound(session);
  const steps = flags.steps === false ? [] : stepsOf(recorded(calls));
  const shown = { session, calls, steps };
  context.output.data(sessionReport(shown, flags), sessionText(shown, flags, secretsOf(process.env)));
}

/** @throws NexumError SESSION_NOT_FOUND; CALL_RUNNING when something is under way: everything else is forgotten then */
export async function removeSession(context: CommandContext, name: string, cancel: boolean): Promise<void> {
  const { session, forgotten, kept } = await withClient(
    context,
    async (client) => {
      const id = await sessionId(client, name);
      return { session: id, ...(await client.forgetCalls(id, { cancel })) };
    },
    'first',
  );
  if (forgotten + kept === 0) throw notFound(session);
  context.output.data({ session, forgotten, kept }, `${forgotten} calls of ${session} forgotten`);
  if (kept > 0)
    throw nexumError('CALL_RUNNING', `${kept} calls of session ${session} are under way`, { session, kept });
}

/** Of a program as it is; `<execution>/<node>[#iteration]` with the short forms of executions. */
async function sessionId(client: NexumClient, name: string): Promise<string> {
  const slash = name.indexOf('/');
  if (slash === -1) return name;
  const activation = name.slice(slash + 1);
  const execution = await resolveExecutionId(client, name.slice(0, slash));
  return `${execution}/${activation.includes('#') ? activation : `${activation}#1`}`;
}

function recorded(calls: readonly CallRecord[]): Parameters<typeof stepsOf>[0] {
  return calls.map(({ tool, args = null, result }) => ({ tool, args, ...(result === undefined ? {} : { result }) }));
}

function notFound(session: string): Error {
  return nexumError('SESSION_NOT_FOUND', `no call is stored of the session ${session}`, { session });
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
