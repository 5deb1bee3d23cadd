/** `nexum approve` and `nexum reject`: which node is meant, who answers, and the answer itself. */
import { userInfo } from 'node:os';
import { NexumError, nexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import type { CommandContext } from './context.js';
import { continueExecution, type Change, type ContinueFlags } from './continue-execution.js';
import { summaryOf } from './execution-report.js';
import { resolveExecutionId } from './execution-wait.js';
import { parsePairs, readJsonObject } from './option-parsers.js';
import { findHumanWait, type WaitingNode } from './pending-approvals.js';
import { nodeLabel } from './text-format.js';

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
  const which = await findQuestion(client, executionId, node);
  const { nodeId } = which;
  const target = { executionId, ...which, approver };
  const { alreadyApplied } = await withPending(client, executionId, () => send(target));
  const verb = approved ? 'approved' : 'rejected';
  return {
    executionId: await rootOf(client, executionId),
    fields: { executionId, node: nodeId, approved, approver, alreadyApplied },
    text: `${nodeId} of ${executionId} was ${verb} by ${approver}${alreadyApplied ? ' (it was already)' : ''}`,
  };
}

/**
 * Which activation is meant: named by its iteration, so that the answer can be sent again and never answers the next
 * question of a loop. Iteration 0: none of this node waits, and the server says what that means.
 */
async function findQuestion(
  client: NexumClient,
  executionId: string,
  label: string | undefined,
): Promise<Pick<Target, 'nodeId' | 'iteration'>> {
  const [, name = label, iteration] = /^(.+)#([1-9]\d*)$/.exec(label ?? '') ?? [];
  if (name !== undefined && iteration !== undefined) return { nodeId: name, iteration: Number(iteration) };
  const { waiting } = await findHumanWait(client, executionId);
  const own = waiting.filter((one) => one.executionId === executionId && (name === undefined || one.node === name));
  const [only] = own;
  if (own.length > 1) {
    const isOnce = new Set(own.map((one) => one.node)).size === own.length;
    const names = own.map((one) => (isOnce ? one.node : `${one.node}#${one.iteration}`)).join(', ');
    throw nexumError('USAGE', `${own.length} questions of ${executionId} wait for an answer: name one of ${names}`);
  }
  if (only) return { nodeId: only.node, iteration: only.iteration };
  if (name !== undefined) return { nodeId: name, iteration: 0 };
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
    const own = waiting.filter((one) => one.executionId === executionId).map((one) => labelOf(one));
    const pending = own.length > 0 ? `; ${own.join(', ')} waits for an answer` : inChildren(waiting);
    throw nexumError(error.code, `${error.message}${pending}`, error.details, error);
  }
}

function labelOf({ node, iteration }: WaitingNode): string {
  return nodeLabel(node, iteration);
}

function inChildren(waiting: readonly WaitingNode[]): string {
  const names = waiting.map((one) => `${labelOf(one)} of its child ${one.executionId}`);
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
