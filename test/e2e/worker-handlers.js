// Handlers for the tests of the worker. A gate is a file: the handler waits until the test creates it.
import { appendFileSync, existsSync } from 'node:fs';

function note(input, context, what, fields) {
  const { executionId, node, attempt } = context;
  appendFileSync(
    String(input.log),
    `${JSON.stringify({ what, executionId, node, attempt, pid: process.pid, ...fields })}\n`,
  );
}

async function opened(gate, signal) {
  while (!existsSync(gate)) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export default {
  /** Waits for its gate; stops when it is told to. */
  'test.gate': async (input, context) => {
    context.signal.addEventListener('abort', () =>
      note(input, context, 'aborted', { reason: String(context.signal.reason) }),
    );
    note(input, context, 'began', {});
    await opened(input.gate, context.signal);
    note(input, context, 'passed', {});
    return { attempt: context.attempt };
  },

  /** Waits for its gate whatever the signal says. */
  'test.deaf': async (input, context) => {
    note(input, context, 'began', {});
    await opened(input.gate);
    return 'deaf';
  },

  /** Blocks the event loop for so many milliseconds. */
  'test.busy': (input, context) => {
    note(input, context, 'began', {});
    const endMs = Date.now() + input.ms;
    while (Date.now() < endMs);
    return { attempt: context.attempt };
  },

  /** Takes the whole process with it. */
  'test.poison': (input, context) => {
    note(input, context, 'began', {});
    process.kill(process.pid, 'SIGKILL');
  },

  'test.large': (input) => ({ text: 'x'.repeat(input.size) }),

  'test.length': (input) => input.text.length,

  /** Shows what a handler is given; its first attempt fails. */
  'test.context': async (input, context) => {
    const { executionId, node, iteration, attempt, idempotencyKey, signal, env, inputs, deps } = context;
    context.log.info('seen', { extra: 1 });
    const called = await context.session.call('ask', { n: 1 }, (call) => ({
      attempt: call.attempt,
      key: call.idempotencyKey,
    }));
    note(input, context, 'context', {
      key: idempotencyKey,
      session: context.session.id,
      stats: { ...context.session.stats },
      called,
    });
    if (attempt === 1) throw new Error('the first attempt fails');
    return { executionId, node, iteration, attempt, idempotencyKey, aborted: signal.aborted, env, inputs, deps };
  },
};
