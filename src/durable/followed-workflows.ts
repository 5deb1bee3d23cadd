/** Workflows of one node that a session starts and somebody else carries out: a worker, or a person. */
import { QUESTION_WORKFLOW, REMOTE_WORKFLOW } from '../core/ids.js';
import { callWorkflow, type CallWorkflow } from './nexum-calls.js';

/** Executed by any worker that has the handler, which gets `args` as its input (worker/task-runner). */
export function remoteWorkflow(handler: string): CallWorkflow {
  return callWorkflow(REMOTE_WORKFLOW, {
    nodes: { call: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler } } },
  });
}

/** Waits for a person, for as long as that takes. A rejection is an answer too. */
export function questionWorkflow(approvers: readonly string[] | undefined): CallWorkflow {
  return callWorkflow(QUESTION_WORKFLOW, {
    nodes: {
      answer: {
        type: 'HUMAN_APPROVAL',
        dependencies: [],
        'x-nexum': {
          approval: {
            message: '${{ inputs.args.question }}',
            onTimeout: 'fail',
            onReject: 'continue',
            ...(approvers ? { approvers } : {}),
          },
        },
      },
    },
  });
}
