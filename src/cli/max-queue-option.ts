/** `--max-queue`, of the commands that run a server for others. */
import { Option } from 'commander';
import type { ServerOptions } from '../server/server.js';
import { parseSequence } from './option-parsers.js';

const MAX_QUEUE_ENV = 'NEXUM_MAX_QUEUE';

export function maxQueueOption(): Option {
  return new Option(
    '--max-queue <n>',
    'refuse starts while so many nodes wait for a worker; 0: never (default: 1000000)',
  )
    .env(MAX_QUEUE_ENV)
    .argParser((text) => (text === '' ? undefined : parseSequence(text)));
}

/** An empty text, as of an unset variable in a compose file, means the default. */
export function queueLimit(maxQueue: number | undefined): Pick<ServerOptions, 'maxQueue'> {
  return maxQueue === undefined ? {} : { maxQueue };
}
