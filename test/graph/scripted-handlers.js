// Nodes that say what the input of their execution scripts for this activation. Each call is written down before
// anything else happens, and returns when the test that conducts it says so.
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';

const { SCRIPTED_LOG: LOG = '', SCRIPTED_CONDUCTOR: PORT = '' } = process.env;

/** By call: what to do with the orders for it. */
const calls = new Map();
let lastId = 0;
let socket;

function write(what, { executionId, node, iteration, attempt }, fields = {}) {
  const line = { what, executionId, node, iteration, attempt, pid: process.pid, ...fields };
  appendFileSync(LOG, `${JSON.stringify(line)}\n`);
}

function tell(message) {
  if (!socket) {
    socket = connect(Number(PORT), '127.0.0.1');
    // The test that conducts is over: so is this process, soon.
    socket.on('error', () => undefined);
    let rest = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) for (const { id, order } of JSON.parse(line)) calls.get(id)?.(order);
    });
  }
  socket.write(`${JSON.stringify(message)}\n`);
}

/** Resolves when the call may return. */
function conducted(context, call) {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const end = (settle) => {
      calls.delete(id);
      settle();
    };
    calls.set(id, (order) => {
      if (order === 'return') return end(resolve);
      // `finish`: everything is done, and nobody has heard of it.
      write('done', context);
      tell({ what: 'done', id });
    });
    context.signal.addEventListener('abort', () => {
      if (calls.has(id)) tell({ what: 'aborted', id });
      end(() => reject(new Error('aborted')));
    });
    tell({ what: 'called', id, pid: process.pid, ...call });
  });
}

export default {
  scripted: async (_input, context) => {
    const { executionId, node, iteration, attempt, deps, messages } = context;
    const heard = messages?.map(({ source, iteration: said, content }) => `${source}#${said}: ${content}`);
    write('called', context, { reads: deps, ...(heard ? { heard } : {}) });
    await conducted(context, { executionId, node, iteration, attempt });
    const script = context.inputs.script[node] ?? [];
    const output = script[iteration - 1] ?? `${node}${iteration}`;
    if (output?.throws) throw new Error(output.throws);
    return output;
  },

  /** The condition of an edge: whether the text has the name of the target in it. */
  'scripted.names': ({ text, to }) => text.includes(to),
};
