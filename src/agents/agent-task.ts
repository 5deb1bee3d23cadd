/** What running an agent takes and gives. */
import type { AgentSpec, Json, JsonObject } from '../core/ir.js';
import type { DurableSession, HandlerLog, HandlerMessage, ModelBudget } from '../worker/handler.js';
import type { Model, Usage } from './models/chat.js';
import type { OpenSandbox } from './code-acting.js';
import type { AgentStep } from './steps.js';
import type { AgentTool } from './tools/agent-tool.js';

export interface AgentTask {
  readonly spec: AgentSpec;
  /** The name of the node, for errors. */
  readonly node: string;
  /** May be empty in a free graph: then the messages are the question. */
  readonly prompt: string;
  /** In a free graph: what others have said. */
  readonly messages?: readonly HandlerMessage[];
  readonly outputSchema?: JsonObject;
  readonly model: Model;
  /** The models of the agents that it asks, by the names in their specs; absent: they all use `model`. */
  readonly models?: (name: string) => Model;
  /** Every tool that exists; the agent gets those that `spec.tools` names. */
  readonly tools: ReadonlyMap<string, AgentTool>;
  /** The documents folder: part of the keys of the calls. */
  readonly docs: string;
  /** Says which quotations of an answer do not stand in their documents; needed by `citationsExist`. */
  readonly citations?: (answer: Json, signal: AbortSignal) => Promise<readonly string[]>;
  /** Where code of agents of the kind `code` runs; default: a process of its own (src/sandbox). */
  readonly openSandbox?: OpenSandbox;
  readonly session: DurableSession;
  /** Absent: nothing limits the model calls. */
  readonly budget?: ModelBudget;
  readonly log: HandlerLog;
  readonly signal: AbortSignal;
  /** Called with each step when it is over, replayed ones too, and those of the agents that it asks. */
  readonly onStep?: (step: AgentStep) => void;
  /** Called with each piece of text of the agent itself as it arrives. */
  readonly onDelta?: (text: string) => void;
  /** Set by the loop for an agent that is asked by another one. */
  readonly caller?: Caller;
}

export interface Caller {
  /** The name space of the calls of the asked agent. */
  readonly scope: string;
  /** Counts what they use as well. */
  readonly spend: (usage: Usage) => void;
  /** The model calls of this attempt that are counted, of all its agents. */
  readonly counted: Set<string>;
}

export interface AgentOutcome {
  /** The text of the final answer, or JSON that satisfies the output schema, or findings. */
  readonly output: Json;
  /** `max_steps`: the steps were used up, the output is a best effort. */
  readonly state: 'completed' | 'max_steps';
  /** Model calls of the agent itself: plans, the best effort and repairs included. */
  readonly steps: number;
  /** Of all model calls, those of the agents that it asked included, replayed or not. */
  readonly usage: Usage;
}
