/** One embedded server on one data folder, seen from the main thread. */
import { Worker, type MessagePort } from 'node:worker_threads';
import { nexumError, type ErrorCode, type NexumError } from '../errors.js';
import type { NexumServiceClient } from '../rpc/generated/nexum/NexumService.js';
import { localStub } from '../rpc/local-stub.js';
import { EngineLink, type Answer } from '../server/engine-link.js';
import { removeHolderNow } from '../server/holder-file.js';
import { packageVersion } from '../server/package-version.js';
import { DEFAULT_LEASE_MS } from '../server/server.js';

export interface FolderServerData {
  readonly dataDir: string;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
}

interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, unknown>;
}

export type FromFolderServer =
  | { readonly type: 'listening'; readonly address: string; readonly engine: MessagePort }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed' | 'fatal'; readonly error: PlainError };

type Listening = Extract<FromFolderServer, { type: 'listening' }>;

export interface FolderServer {
  readonly address: string;
  /** How this process itself reaches it: without a network. */
  readonly local: NexumServiceClient;
  stop(): Promise<void>;
}

/**
 * Starts a server in a thread that does not keep the process alive.
 * @param onFatal its store broke; it answers nothing any more
 * @throws NexumError STORE_LOCKED, STORE_VERSION, STORE_BROKEN, ADDRESS_IN_USE
 */
export async function startFolderServer(
  data: FolderServerData,
  onFatal: (error: NexumError) => void,
): Promise<FolderServer> {
  const thread = new Worker(new URL('./folder-server-thread.js', import.meta.url), { workerData: data });
  const atExit = (): void => removeHolderNow(data.dataDir);
  let onStopped = (): void => undefined;
  let listening = false;
  const { address, engine } = await new Promise<Listening>((resolve, reject) => {
    const die = (error: NexumError): void => {
      process.off('exit', atExit);
      if (listening) onFatal(error);
      else reject(error);
    };
    thread.on('message', (message: FromFolderServer) => {
      switch (message.type) {
        case 'listening':
          listening = true;
          process.once('exit', atExit);
          resolve(message);
          break;
        case 'stopped':
          onStopped();
          break;
        default:
          die(nexumError(message.error.code, message.error.message, message.error.details));
      }
    });
    thread.on('error', (error) =>
      die(nexumError('INTERNAL', `the embedded server failed: ${String(error)}`, {}, error)),
    );
  }).catch(async (error: unknown) => {
    await thread.terminate();
    throw error;
  });
  // From here on: whoever waits for an answer of it keeps the process alive, by a connection or by the port.
  thread.unref();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    thread.ref();
    await new Promise<void>((resolve) => {
      onStopped = resolve;
      thread.once('exit', () => resolve());
      thread.postMessage('stop');
    });
    process.off('exit', atExit);
    await thread.terminate();
  };
  return { address, local: localService(engine), stop: () => (stopping ??= stop()) };
}

/** Its port keeps the process alive as long as somebody waits for the engine. */
function localService(port: MessagePort): NexumServiceClient {
  const link = new EngineLink(port, (busy) => (busy ? port.ref() : port.unref()));
  port.on('message', (messages: Answer[]) => messages.forEach((message) => link.receive(message)));
  port.on('close', () => link.fail(nexumError('SERVER_STOPPING', 'the server of this process has ended')));
  port.unref();
  return localStub(link, { version: packageVersion(), startedAtMs: Date.now(), defaultLeaseMs: DEFAULT_LEASE_MS });
}
