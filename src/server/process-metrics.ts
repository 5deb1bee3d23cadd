/** The metrics of the process: CPU, memory, event loop, open files, and which build this is. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Prometheus text of the main thread and the process; the engine adds its own. */
export class ProcessMetrics {
  private readonly registry = new Registry();

  constructor(build: { readonly version: string; readonly store: string }) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'nexum_build_info',
      help: 'Always 1; the labels say what runs.',
      labelNames: ['version', 'store'],
      registers: [this.registry],
    }).set({ ...build }, 1);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
