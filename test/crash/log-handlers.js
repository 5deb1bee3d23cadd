// Handlers whose only side effect is a line per call, written before they return: the ground truth of what was executed.
import { appendFileSync } from 'node:fs';

function record(context, input, fields) {
  const { executionId, node, attempt, idempotencyKey } = context;
  const line = { executionId, node, attempt, key: idempotencyKey, pid: process.pid, atMs: Date.now(), ...fields };
  appendFileSync(String(input.log), `${JSON.stringify(line)}\n`);
}

/** Takes as many milliseconds as the pipeline says, so that there is something to interrupt. */
async function work({ pause }) {
  if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
}

export default {
  /** The sum of what came before, plus one. */
  'log.count': async (input, context) => {
    record(context, input, {});
    await work(input);
    const before = Object.values(context.deps).map((output) => output.sum);
    return { node: context.node, sum: before.reduce((sum, value) => sum + value, 1) };
  },

  /** Three durable calls, one after the other; the third reads what the second returned. */
  'log.calls': async (input, context) => {
    record(context, input, {});
    let sum = Object.values(context.deps)[0].sum;
    for (const name of ['one', 'two', 'three']) {
      sum = await context.session.call(`add:${name}`, { sum }, async (call) => {
        record(context, input, { call: name, attempt: call.attempt, key: call.idempotencyKey });
        await work(input);
        return sum + 1;
      });
    }
    return { node: context.node, sum };
  },
};
