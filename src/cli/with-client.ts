/** A client for the length of one command. */
import type { NexumClient } from '../rpc/client.js';
import type { CommandContext } from './context.js';
import type { FolderUse } from './server-access.js';

/** Runs `work` with a client of the server that this command line means (server-access.ts); closes it afterwards. */
export async function withClient<T>(
  context: CommandContext,
  work: (client: NexumClient) => Promise<T>,
  folder?: FolderUse,
): Promise<T> {
  const { accessServer } = await import('./server-access.js');
  const access = await accessServer(context, folder);
  try {
    return await work(access.client);
  } finally {
    await access.close();
  }
}
