/** What the HTTP server asks: is the engine alive, does this server take work, and what has it counted. */
import { nexumError } from '../errors.js';
import type { EnginePort } from '../engine/engine-port.js';
import type { Probes } from './http-server.js';
import { ProcessMetrics } from './process-metrics.js';

export interface ServerProbes extends Probes {
  /** From now on the server is not ready. */
  drain(): void;
}

export function createProbes(
  engine: Pick<EnginePort, 'call'>,
  engineMetrics: () => Promise<string>,
  build: { readonly version: string; readonly store: string },
): ServerProbes {
  const process = new ProcessMetrics(build);
  let draining = false;
  let scrape: Promise<string> | undefined;
  const read = async (): Promise<string> => {
    const [own, engines] = await Promise.all([process.text(), engineMetrics()]);
    return `${engines}\n${own}`;
  };
  return {
    metricsType: process.contentType,
    drain: () => {
      draining = true;
    },
    live: async () => {
      await engine.call('getStats', {});
    },
    ready: async () => {
      if (draining) throw nexumError('SERVER_STOPPING', 'the server is draining');
      await engine.call('checkStore', {});
    },
    // Whoever scrapes at the same time shares one reading: a crowd of scrapers is no load on the store.
    metrics: () => (scrape ??= read().finally(() => (scrape = undefined))),
  };
}
