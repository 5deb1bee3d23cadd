/** A client for the length of one command. */
import type { NexumClient } from '../rpc/client.js';
import type { CommandContext } from './context.js';

/** Runs `work` with a client of the server that this command line means (server-access.ts); closes it afterwards. */
export async function withClient<T>(context: CommandContext, work: (client: NexumClient) => Promise<T>): Promise<T> {
  const { accessServer } = await import('./server-access.js');
  const access = await accessServer(context);
  try {
    return await work(access.client);
  } finally {
    await access.close();
  }
}
