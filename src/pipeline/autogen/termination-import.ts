/** When the team stops: AutoGen's termination conditions become `stop_when` and `max_messages`. */
import type { JsonObject } from '../../core/ir.js';
import type { NodeNames } from './node-names.js';
import { readComponent, shortName, type Place } from './place.js';

/** What to do instead of conditions that cannot be imported, by class. */
const INSTEAD: Readonly<Record<string, string>> = {
  ExternalTermination: 'Remove it: `nexum cancel` and `nexum pause` stop an execution from outside.',
  FunctionalTermination: 'Write what it looks for as a TextMentionTermination, or as the `condition` of an edge.',
  HandoffTermination: 'Remove it: there are no handoffs in a graph.',
  SourceMatchTermination: 'Remove it, and the edges that begin at these agents: the flow ends where no edge goes on.',
  TextMessageTermination: 'Remove it, and the edges that begin at this agent: the flow ends where no edge goes on.',
  TimeoutTermination: 'Remove it, and run with `nexum run --timeout`, or give nodes a `timeout`.',
  TokenUsageTermination: 'Remove it, and limit the messages with a MaxMessageTermination.',
};

const ACCEPTED = 'MaxMessageTermination, TextMentionTermination, StopMessageTermination, and | and & of them';

const SINGLE: Readonly<Record<string, 'max' | 'text' | 'stop' | 'any' | 'all'>> = {
  'autogen_agentchat.conditions.MaxMessageTermination': 'max',
  'autogen_agentchat.conditions.TextMentionTermination': 'text',
  'autogen_agentchat.conditions.StopMessageTermination': 'stop',
  'autogen_agentchat.base.OrTerminationCondition': 'any',
  'autogen_agentchat.base.AndTerminationCondition': 'all',
};

/** Keys of `graph`. */
export interface ImportedStops {
  readonly stop_when?: JsonObject;
  readonly max_messages?: number;
}

/** A top-level `|` is taken apart: its message limits become `max_messages`, at which the execution is paused. */
export function importTermination(place: Place, names: NodeNames): ImportedStops {
  if (place.absent) return {};
  const stop = importStop(place, names);
  if (!stop) return {};
  const parts = partsOf(stop, 'any') ?? [stop];
  const limits = parts.flatMap(({ max_messages: limit }) => (typeof limit === 'number' ? limit : []));
  const others = parts.filter((part) => part['max_messages'] === undefined);
  const [first, ...more] = others;
  return {
    ...(first ? { stop_when: more.length === 0 ? first : { any: others } } : {}),
    ...(limits.length > 0 ? { max_messages: Math.min(...limits) } : {}),
  };
}

function importStop(place: Place, names: NodeNames): JsonObject | undefined {
  const component = readComponent(place);
  if (!component) return undefined;
  const { provider, config } = component;
  switch (SINGLE[provider]) {
    case 'max':
      return messageLimit(config);
    case 'text':
      return textMention(config, names);
    case 'stop':
      config.only([]);
      return { stop_message: true };
    case 'any':
      return combined(config, 'any', names);
    case 'all':
      return combined(config, 'all', names);
    default: {
      const name = shortName(provider);
      const fix = INSTEAD[name] ?? `Use one of these: ${ACCEPTED}.`;
      place.at('provider').refuse(`${name} cannot be imported, only ${ACCEPTED}`, fix);
      return undefined;
    }
  }
}

function combined(config: Place, word: 'any' | 'all', names: NodeNames): JsonObject | undefined {
  config.only(['conditions']);
  const conditions = config.at('conditions').items();
  const stops = conditions.map((condition) => importStop(condition, names));
  if (conditions.length === 0) {
    config.at('conditions').refuse('the condition has no parts', 'Add one, or remove the condition.', 'BAD_VALUE');
  }
  // AutoGen nests `a | b | c` to the left; said flat it means the same.
  const parts = stops.flatMap((stop) => (stop ? (partsOf(stop, word) ?? [stop]) : []));
  return stops.includes(undefined) || parts.length === 0 ? undefined : { [word]: parts };
}

function partsOf(stop: JsonObject, word: 'any' | 'all'): JsonObject[] | undefined {
  return stop[word] as JsonObject[] | undefined;
}

function messageLimit(config: Place): JsonObject | undefined {
  config.only(['max_messages', 'include_agent_event']);
  const limit = config.at('max_messages').count();
  if (config.at('include_agent_event').value === true) {
    const fix = 'Check that the limit still fits.';
    config.at('include_agent_event').warn('events inside an agent are no messages here, and do not count', fix);
  }
  return limit === undefined ? undefined : { max_messages: limit };
}

function textMention(config: Place, names: NodeNames): JsonObject | undefined {
  config.only(['text', 'sources']);
  const text = config.at('text').text();
  const sources = config.at('sources');
  if (sources.absent || text === undefined) return text === undefined ? undefined : { text_mention: text };
  const nodes = sources.items().flatMap((source) => {
    const written = source.text();
    if (written === undefined) return [];
    if (names.has(written)) return names.of(written);
    if (written === 'user') source.refuse('the task never stops the graph, only what nodes say', 'Name agents only.');
    else source.unknownNode(`nobody is called ${JSON.stringify(written)}`, names, written);
    return [];
  });
  if (nodes.length > 0) return { text_mention: text, sources: nodes };
  if (sources.empty) sources.refuse('nobody counts, so the text is never found', 'Name agents, or remove `sources`.');
  return undefined;
}
