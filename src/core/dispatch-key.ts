/** Where tasks wait for a worker: by handler, in a queue if there is one. */
export function dispatchKey(handler: string, queue: string | undefined): string {
  return queue === undefined ? handler : `${handler}@${queue}`;
}
