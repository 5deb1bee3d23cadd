/** Where workers ask before a model call: what the execution may still use is decided in core, how fast by the rates. */
import { parseTaskId } from '../core/ids.js';
import type { EngineCalls, ModelCallRequest } from './engine-port.js';
import { Rates, type ProviderRates } from './rates.js';
import type { Submissions } from './submissions.js';

export type { ProviderRates };

type Calls = Pick<EngineCalls, 'admitModelCall' | 'settleModelCall'>;

export class ModelDesk {
  readonly calls: { [M in keyof Calls]: (args: Calls[M]['args']) => Promise<Calls[M]['result']> } = {
    admitModelCall: (request) => this.admit(request),
    settleModelCall: (settled) => this.settle(settled),
  };
  private readonly rates: Rates;

  constructor(
    private readonly submissions: Submissions,
    serverWide: ProviderRates = {},
  ) {
    this.rates = new Rates(serverWide);
  }

  /**
   * Each time that somebody asks, the limits are looked at again: they may be reached while it waits for its turn.
   * @throws NexumError LIMIT_REACHED, STALE_LEASE, EXECUTION_CLOSED, EXECUTION_NOT_FOUND
   */
  private async admit(request: ModelCallRequest): Promise<EngineCalls['admitModelCall']['result']> {
    const { permit, provider, estimatedTokens: tokens, usage } = request;
    const task = parseTaskId(request.taskId);
    try {
      const command = { kind: 'admit_call' as const, task, ...(usage ? { usage } : {}) };
      const { workflow } = (await this.submissions.decide(task.executionId, command)).view;
      const rates = workflow.ir.pipeline?.limits?.providers ?? {};
      return this.rates.ask({ permit, provider, tokens, workflowId: workflow.workflowId, rates });
    } catch (error) {
      this.rates.giveBack(permit);
      throw error;
    }
  }

  private settle({ permit, tokens }: EngineCalls['settleModelCall']['args']): Promise<Readonly<Record<string, never>>> {
    if (tokens === undefined) this.rates.giveBack(permit);
    else this.rates.settle(permit, tokens);
    return Promise.resolve({});
  }
}
