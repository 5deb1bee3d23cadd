/** Decisions about nodes that wait: timers, signals, people, children. */
import type { DecisionEnvironment } from './command.js';
import { accept, ALREADY_APPLIED, closed, refuse, type Decision, type Of } from './decision.js';
import { isClosed, type ActivationRecord, type ExecutionRecord, type ExecutionView } from './execution.js';
import { currentOf } from './reads.js';
import { Progress } from './progress.js';
import { Transition } from './transition.js';

/** Signals that nobody has waited for yet, of one execution. */
const MAX_SIGNALS = 100;

/** A timer has run out, or the deadline of an approval or signal. */
export function fire(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'fire'>,
  env: DecisionEnvironment,
): Decision {
  const record = view.activation(command.node, command.iteration, command.item);
  if (record?.status !== 'WAITING' || record.readyAtMs > env.nowMs) return ALREADY_APPLIED;
  const transition = new Transition(view, env.nowMs);
  const progress = new Progress(transition, execution.executionId, env);
  switch (record.waitsFor) {
    case 'timer':
      progress.complete(record, { attempt: 0, output: timerOutput(record) });
      break;
    case 'signal':
      progress.fail(record, {
        code: 'SIGNAL_TIMEOUT',
        message: `the signal ${record.detail?.signal ?? ''} did not come in time`,
      });
      break;
    case 'approval':
      expire(progress, record);
      break;
    default:
      return ALREADY_APPLIED;
  }
  progress.finish();
  return accept(transition);
}

export function signal(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'signal'>,
  env: DecisionEnvironment,
): Decision {
  if (isClosed(execution.status)) return closed(execution);
  const { name, payload } = command;
  const names = [...view.workflow.nodes.values()].flatMap(({ behaviour }) => behaviour.wait?.signal ?? []);
  if (!names.includes(name)) {
    const known = names.length > 0 ? `; it waits for ${[...new Set(names)].join(', ')}` : '';
    return refuse('UNKNOWN_SIGNAL', `no node of the workflow waits for the signal ${name}${known}`);
  }
  if ((execution.extra?.signals?.length ?? 0) >= MAX_SIGNALS)
    return refuse('WRONG_STATE', `${MAX_SIGNALS} signals wait already`);
  const transition = new Transition(view, env.nowMs);
  const progress = new Progress(transition, execution.executionId, env);
  transition.emit(execution.executionId, { kind: 'signal_received', name, payload });
  const received = transition.execution?.lastSeq ?? 0;
  // A store says nothing about their order: whoever has waited longest gets it.
  const [waiting] = [...view.activations()]
    .filter(({ status, waitsFor, detail }) => status === 'WAITING' && waitsFor === 'signal' && detail?.signal === name)
    .sort((a, b) => (a.detail?.waitingSeq ?? 0) - (b.detail?.waitingSeq ?? 0));
  if (waiting) progress.complete(waiting, { attempt: 0, output: payload, signalSeq: received });
  progress.finish();
  return accept(transition);
}

/** A person approves or rejects. The first answer counts. */
export function answer(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'answer'>,
  env: DecisionEnvironment,
): Decision {
  const { node: id, approved, approver, comment } = command;
  const node = view.workflow.nodes.get(id);
  if (!node) return refuse('NODE_NOT_FOUND', `the workflow has no node ${id}`);
  if (node.type !== 'HUMAN_APPROVAL')
    return refuse('WRONG_STATE', `node ${id} is not an approval; only approval nodes can be approved or rejected`);
  const record = command.iteration === undefined ? findAsked(view, id) : view.activation(id, command.iteration);
  const given = record?.detail?.answer;
  if (given) {
    if (given.approved === approved && given.approver === approver) return ALREADY_APPLIED;
    const word = given.approved ? 'approved' : 'rejected';
    return refuse('WRONG_STATE', `node ${id} was already ${word} by ${given.approver || 'its timeout'}`);
  }
  if (isClosed(execution.status)) return closed(execution);
  if (record?.status !== 'WAITING')
    return refuse('WRONG_STATE', `node ${id} is ${record?.status ?? 'PENDING'}: it does not wait for an answer`);
  const { approvers, form, onReject = 'fail' } = node.behaviour.approval ?? {};
  if (approvers && !approvers.includes(approver))
    return refuse('NOT_AN_APPROVER', `${approver || 'nobody'} may not answer node ${id}; ${approvers.join(', ')} may`);
  const filled =
    form && approved ? env.expressions.resolveForm(form, JSON.parse(command.form ?? '{}') as never) : undefined;
  const transition = new Transition(view, env.nowMs);
  const progress = new Progress(transition, execution.executionId, env);
  const output = { approved, approver, comment, ...(filled === undefined ? {} : { form: filled }) };
  if (approved || onReject === 'continue') {
    const text = JSON.stringify(output);
    progress.complete(record, { attempt: 0, output: text, answer: { approved, approver } });
  } else {
    const message = `${approver || 'somebody'} rejected node ${id}${comment === '' ? '' : `: ${comment}`}`;
    progress.fail(record, { code: 'APPROVAL_REJECTED', message }, { approved, approver });
  }
  progress.finish();
  return accept(transition);
}

/** The child of an activation has ended. What comes twice, or from a child before, changes nothing. */
export function closeChild(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'child_closed'>,
  env: DecisionEnvironment,
): Decision {
  const { child, end } = command;
  const record = view.activation(command.node, command.iteration, command.item);
  const waits = record?.status === 'WAITING' && record.waitsFor === 'child' && record.detail?.child === child;
  if (!waits) return ALREADY_APPLIED;
  const transition = new Transition(view, env.nowMs);
  const progress = new Progress(transition, execution.executionId, env);
  if (end.status === 'COMPLETED') {
    progress.complete(record, { attempt: record.attempt, output: end.output });
  } else {
    const code = end.status === 'FAILED' ? 'CHILD_FAILED' : 'CHILD_CANCELLED';
    progress.fail(record, { code, message: `child execution ${child}: ${end.message}` });
  }
  progress.finish();
  return accept(transition);
}

/** Of several activations that wait, the oldest. */
function findAsked(view: ExecutionView, id: string): ActivationRecord | undefined {
  const newest = currentOf(view, id);
  let asked = newest;
  for (let iteration = (newest?.iteration ?? 1) - 1; view.workflow.graph && iteration > 0; iteration -= 1) {
    const record = view.activation(id, iteration);
    if (record?.status === 'WAITING') asked = record;
  }
  return asked;
}

function expire(progress: Progress, record: ActivationRecord): void {
  const { onTimeout = 'fail', onReject = 'fail' } =
    progress.transition.workflow.nodes.get(record.node)?.behaviour.approval ?? {};
  const comment = 'nobody answered in time';
  const answer = { approved: onTimeout === 'approve', approver: '' };
  if (onTimeout === 'approve' || (onTimeout === 'reject' && onReject === 'continue')) {
    progress.complete(record, { attempt: 0, output: JSON.stringify({ ...answer, comment }), answer });
  } else {
    const code = onTimeout === 'reject' ? 'APPROVAL_REJECTED' : 'APPROVAL_TIMEOUT';
    progress.fail(record, { code, message: `node ${record.node}: ${comment}` }, answer);
  }
}

function timerOutput({ readyAtMs, detail }: ActivationRecord): string {
  const waitedMs = readyAtMs - (detail?.waitingSinceMs ?? readyAtMs);
  return JSON.stringify({
    waited_until: new Date(readyAtMs).toISOString(),
    delay_seconds: Math.max(0, waitedMs / 1000),
  });
}
