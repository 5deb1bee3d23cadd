/** `nexum approve` and `nexum reject`: which node is meant, who answers, and the answer itself. */
import { userInfo } from 'node:os';
import { NexumError, nexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import type { CommandContext } from './context.js';
import { continueExecution, type Change, type ContinueFlags } from './continue-execution.js';
import { summaryOf } from './execution-report.js';
import { resolveExecutionId } from './execution-wait.js';
import { parsePairs, readJsonObject } from './option-parsers.js';
import { findHumanWait } from './pending-approvals.js';

export interface ApproveFlags extends ContinueFlags {
  readonly approver?: string;
  readonly comment?: string;
  /** `key=value` pairs; they win over `form`. */
  readonly f: readonly string[];
  readonly form?: string;
}

export interface RejectFlags extends ContinueFlags {
  readonly approver?: string;
  readonly reason?: string;
}

interface Target {
  readonly executionId: string;
  readonly nodeId: string;
  /** 0: whatever waits. */
  readonly iteration: number;
  readonly approver: string;
}

/** @returns the exit code */
export async function approve(
  context: CommandContext,
  id: string,
  node: string | undefined,
  flags: ApproveFlags,
): Promise<number> {
  const given = flags.form === undefined ? {} : await readJsonObject(flags.form, '--form');
  const form = { ...given, ...parsePairs(flags.f, '-f') };
  const formJson = Object.keys(form).length === 0 ? '' : JSON.stringify(form);
  return continueExecution(context, flags, (client) =>
    answer(client, id, node, flags.approver, true, (target) =>
      client.call('ApproveTask', { ...target, comment: flags.comment ?? '', formJson }),
    ),
  );
}

/** @returns the exit code */
export async function reject(
  context: CommandContext,
  id: string,
  node: string | undefined,
  flags: RejectFlags,
): Promise<number> {
  return continueExecution(context, flags, (client) =>
    answer(client, id, node, flags.approver, false, (target) =>
      client.call('RejectTask', { ...target, reason: flags.reason ?? '' }),
    ),
  );
}

async function answer(
  client: NexumClient,
  id: string,
  node: string | undefined,
  given: string | undefined,
  approved: boolean,
  send: (target: Target) => Promise<{ readonly alreadyApplied: boolean }>,
): Promise<Change> {
  const executionId = await resolveExecutionId(client, id);
  const approver = given ?? (process.env['NEXUM_APPROVER'] || userInfo().username);
  const nodeId = node ?? (await onlyNode(client, executionId));
  // Named by its iteration, so that the answer can be sent again and never answers the next question of a loop.
  const { waiting } = await findHumanWait(client, executionId);
  const asked = waiting.find((one) => one.executionId === executionId && one.node === nodeId);
  const target = { executionId, nodeId, iteration: asked?.iteration ?? 0, approver };
  const { alreadyApplied } = await withPending(client, executionId, () => send(target));
  const verb = approved ? 'approved' : 'rejected';
  return {
    executionId: await rootOf(client, executionId),
    fields: { executionId, node: nodeId, approved, approver, alreadyApplied },
    text: `${nodeId} of ${executionId} was ${verb} by ${approver}${alreadyApplied ? ' (it was already)' : ''}`,
  };
}

async function onlyNode(client: NexumClient, executionId: string): Promise<string> {
  const { waiting } = await findHumanWait(client, executionId);
  const own = waiting.filter((one) => one.executionId === executionId);
  if (own.length === 1 && own[0]) return own[0].node;
  if (own.length > 1) {
    const names = own.map(({ node }) => node).join(', ');
    throw nexumError('USAGE', `${own.length} nodes of ${executionId} wait for an answer: name one of ${names}`);
  }
  throw nexumError('WRONG_STATE', `no node of ${executionId} waits for an answer${inChildren(waiting)}`);
}

/** Adds to a refusal what could be answered. */
async function withPending<T>(client: NexumClient, executionId: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof NexumError) || (error.code !== 'NODE_NOT_FOUND' && error.code !== 'WRONG_STATE'))
      throw error;
    const { waiting } = await findHumanWait(client, executionId);
    const own = waiting.filter((one) => one.executionId === executionId).map(({ node }) => node);
    const pending = own.length > 0 ? `; ${own.join(', ')} waits for an answer` : inChildren(waiting);
    throw nexumError(error.code, `${error.message}${pending}`, error.details, error);
  }
}

function inChildren(waiting: readonly { readonly executionId: string; readonly node: string }[]): string {
  const names = waiting.map(({ executionId, node }) => `${node} of its child ${executionId}`);
  return names.length === 0 ? '' : `, but ${names.join(' and ')} does`;
}

/** A child is not the end of the matter: what waits for it goes on, too. */
async function rootOf(client: NexumClient, executionId: string): Promise<string> {
  for (let id = executionId; ;) {
    const { parentExecutionId } = summaryOf(await client.call('GetExecution', { executionId: id }));
    if (parentExecutionId === '') return id;
    id = parentExecutionId;
  }
}
