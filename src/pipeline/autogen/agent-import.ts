/** The participants of a team: an AssistantAgent becomes an agent and its node, a MessageFilterAgent its `history`. */
import { MAX_TURNS, type JsonObject } from '../../core/ir.js';
import type { YamlPath } from '../issue.js';
import { importModel } from './model-client.js';
import type { NodeNames } from './node-names.js';
import { readComponent, shortName, type Place } from './place.js';

const ASSISTANT = 'autogen_agentchat.agents.AssistantAgent';
const FILTER = 'autogen_agentchat.agents.MessageFilterAgent';
const UNBOUNDED = 'autogen_core.model_context.UnboundedChatCompletionContext';
const STATIC_WORKBENCHES = ['autogen_core.tools.StaticWorkbench', 'autogen_core.tools.StaticStreamWorkbench'];

/** What AutoGen writes when the author said nothing. */
const DEFAULT_DESCRIPTION = 'An agent that provides assistance with ability to use tools.';

const NO_TOOLS =
  'Import the agent without its tools; then give it tools of this release (docs/agents.md), or make the work a `uses` node.';

/** What to do instead of agents that cannot be imported. */
const OTHER_AGENTS: Readonly<Record<string, string>> = {
  UserProxyAgent:
    'Remove it: a person adds a message with `nexum resume --message`; or write an `approval` node by hand.',
  SocietyOfMindAgent: 'Import its inner team as a pipeline of its own, and call it from a `pipeline` node.',
  CodeExecutorAgent: 'Remove it, import, and add a `uses` node whose handler runs the code.',
  OpenAIAssistantAgent: 'Replace it by an AssistantAgent with the same instructions.',
};

export interface ImportedAgent {
  /** As written. */
  readonly name: string;
  readonly path: YamlPath;
  readonly agent: JsonObject;
  /** Keys of its node besides `agent`. */
  readonly node: JsonObject;
}

interface Assistant {
  readonly agent: JsonObject;
  readonly description?: string;
}

export class AgentImport {
  readonly #names: NodeNames;
  /** Instead of the models of the file. */
  readonly #model: string | undefined;

  constructor(names: NodeNames, model: string | undefined) {
    this.#names = names;
    this.#model = model;
  }

  /** Undefined when the participant cannot be imported, which is then reported. */
  participant(place: Place): ImportedAgent | undefined {
    const component = readComponent(place);
    if (!component) return undefined;
    const { provider, config } = component;
    const name = config.at('name').text();
    if (provider === ASSISTANT) return this.#imported(name, place, this.#assistant(config));
    if (provider !== FILTER) {
      this.#unknown(place, provider);
      return undefined;
    }
    config.only(['name', 'wrapped_agent', 'filter']);
    const history = this.#history(config.at('filter'), name);
    const wrapped = this.#wrapped(config.at('wrapped_agent'), name);
    return this.#imported(name, place, wrapped, history);
  }

  #imported(
    name: string | undefined,
    place: Place,
    assistant: Assistant | undefined,
    history?: readonly JsonObject[],
  ): ImportedAgent | undefined {
    if (name === undefined || !assistant) return undefined;
    const { agent, description } = assistant;
    const node = { ...(description === undefined ? {} : { description }), ...(history ? { history } : {}) };
    return { name, path: place.path, agent, node };
  }

  #unknown(place: Place, provider: string): void {
    const name = shortName(provider);
    const fix = OTHER_AGENTS[name] ?? 'Replace it by an AssistantAgent, or write its node by hand.';
    place.at('provider').refuse(`${name} cannot be imported, only AssistantAgent and MessageFilterAgent`, fix);
  }

  #wrapped(place: Place, name: string | undefined): Assistant | undefined {
    const component = readComponent(place);
    if (!component) return undefined;
    if (component.provider !== ASSISTANT) {
      this.#unknown(place, component.provider);
      return undefined;
    }
    const inner = component.config.at('name');
    if (inner.value !== name) {
      const message = `the filtered agent is called ${JSON.stringify(inner.value)}, its filter ${JSON.stringify(name)}`;
      const fix = 'The node has the name of the filter. In GraphFlow such an agent ends the flow: give both one name.';
      inner.warn(message, fix);
    }
    return this.#assistant(component.config);
  }

  #assistant(config: Place): Assistant | undefined {
    config.only([
      'name',
      'model_client',
      'tools',
      'workbench',
      'handoffs',
      'model_context',
      'memory',
      'description',
      'system_message',
      'structured_message_factory',
      // They say how tools are used, how answers arrive, and what labels the agent has; without tools all the same.
      'model_client_stream',
      'reflect_on_tool_use',
      'tool_call_summary_format',
      'max_tool_iterations',
      'metadata',
    ]);
    this.#refuseExtras(config);
    const instructions = config.at('system_message').optionalText() ?? '';
    const description = config.at('description').optionalText();
    const model = this.#model ?? importModel(config.at('model_client'));
    if (model === undefined) return undefined;
    const told = description !== undefined && description !== '' && description !== DEFAULT_DESCRIPTION;
    return { agent: { instructions, model }, ...(told ? { description } : {}) };
  }

  #refuseExtras(config: Place): void {
    for (const tool of config.at('tools').items())
      tool.refuse('tools are Python source, which does not run here', NO_TOOLS);
    const workbench = config.at('workbench');
    for (const bench of Array.isArray(workbench.value) ? workbench.items() : [workbench]) refuseWorkbench(bench);
    refuseFilled(config.at('handoffs'), 'handoffs are decisions of the agent, and graphs have none', [
      'Let the agent say a word, and write it as the `condition` of an edge.',
    ]);
    refuseFilled(config.at('memory'), 'agents here have no memory besides their messages', [
      'Remove it; what the agent must know belongs into its instructions, or into documents that it searches.',
    ]);
    refuseFilled(config.at('structured_message_factory'), 'its answers are objects of a Python class', [
      'Remove `output_content_type`, import, and declare an `output` schema on the node.',
    ]);
    const context = config.at('model_context');
    const component = context.absent ? undefined : readComponent(context);
    if (!component) return;
    if (component.provider !== UNBOUNDED) {
      const message = `the agent forgets by the rules of ${shortName(component.provider)}, which do not exist here`;
      context.at('provider').refuse(message, 'Remove `model_context`; a MessageFilterAgent says what an agent hears.');
    } else if (!component.config.at('initial_messages').empty) {
      const fix = 'Remove them, and write what they say into the instructions.';
      component.config.at('initial_messages').refuse('agents here begin without messages', fix);
    }
  }

  #history(filter: Place, name: string | undefined): readonly JsonObject[] | undefined {
    if (!filter.map()) return undefined;
    filter.only(['per_source']);
    const list = filter.at('per_source');
    const filters = list.items().flatMap((item): readonly JsonObject[] => {
      const filter = this.#filter(item, name);
      return filter ? [filter] : [];
    });
    if (filters.length > 0 || list.issues.failed) return filters;
    list.refuse('with this filter the agent hears nothing at all', 'Name somebody whose messages it hears.');
    return undefined;
  }

  #filter(place: Place, own: string | undefined): JsonObject | undefined {
    if (!place.map()) return undefined;
    place.only(['source', 'position', 'count']);
    const source = place.at('source').text();
    const count = place.at('count').value === 0 ? undefined : place.at('count').optionalCount();
    const position = place.at('position').absent ? 'all' : place.at('position').choice(['first', 'last']);
    if (source === undefined) return undefined;
    if (source === own) {
      place.warn(`what ${source} says itself never reaches it, in GraphFlow neither`, 'The filter is left out.');
      return undefined;
    }
    const node = sourceName(place.at('source'), this.#names);
    if (node === undefined) return undefined;
    // Without a position or a count, all messages of the source pass: more than any execution has turns.
    if (position === 'all' || count === undefined) return { source: node, last: MAX_TURNS };
    return position === 'first' ? { source: node, first: count } : { source: node, last: count };
  }
}

/** Who speaks, in the words of a pipeline: a node, or `user`. Undefined when there is nobody, which is then reported. */
function sourceName(place: Place, names: NodeNames): string | undefined {
  const written = place.text() ?? '';
  if (written === 'user' && !names.has(written)) return written;
  if (written === 'user') {
    const fix = 'Give the agent another name.';
    place.refuse('`user` is whoever gave the task, and an agent has the same name', fix);
    return undefined;
  }
  if (names.has(written)) return names.of(written);
  place.unknownNode(`nobody is called ${JSON.stringify(written)}, so the filter lets nothing pass`, names, written);
  return undefined;
}

function refuseWorkbench(place: Place): void {
  const component = place.absent ? undefined : readComponent(place);
  if (!component) return;
  const { provider, config } = component;
  if (!STATIC_WORKBENCHES.includes(provider)) {
    place.at('provider').refuse(`the tools of ${shortName(provider)} do not run here`, NO_TOOLS);
    return;
  }
  for (const tool of config.at('tools').items())
    tool.refuse('tools are Python source, which does not run here', NO_TOOLS);
}

function refuseFilled(place: Place, message: string, [fix]: readonly [string]): void {
  if (!place.empty) place.refuse(message, fix);
}
