/** Entry of the thread in a sandbox's process: the engine lives here, so that the main thread stays free to end it. */
import { parentPort } from 'node:worker_threads';
import { errorMessage, nexumError, NexumError } from '../errors.js';
import { CodeEngine } from './code-engine.js';
import type { GuestMessage, HostMessage } from './messages.js';

if (!parentPort) throw nexumError('INTERNAL', 'thread-main must run in a worker thread');
const port = parentPort;
const post = (message: GuestMessage): void => port.postMessage(JSON.stringify(message));
let engine: Promise<CodeEngine> | undefined;

port.on('message', (line: string) => {
  const message = JSON.parse(line) as HostMessage;
  if (message.type === 'open') {
    engine = CodeEngine.start(message, post);
    engine.then(
      () => post({ type: 'ready' }),
      (error: unknown) => {
        if (error instanceof NexumError) post({ type: 'limit', limit: 'memory', output: '' });
        else post({ type: 'broken', reason: errorMessage(error) });
      },
    );
    return;
  }
  void engine?.then(
    (started) => (message.type === 'run' ? started.run(message.run, message.code) : started.answer(message)),
    // Said already.
    () => undefined,
  );
});
