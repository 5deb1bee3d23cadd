/** Which model an agent uses: OpenAI's clients of AutoGen become `openai/<model>` or `compatible/<model>`. */
import { readComponent, shortName, type Place } from './place.js';

const OPENAI = 'autogen_ext.models.openai.OpenAIChatCompletionClient';

/** They change how the model answers, and agents here cannot say them. */
const SAMPLING = [
  'frequency_penalty',
  'logit_bias',
  'max_tokens',
  'n',
  'presence_penalty',
  'reasoning_effort',
  'seed',
  'temperature',
  'top_p',
] as const;

/** How the client reaches its server; the worker has settings of its own for that. */
const TRANSPORT = ['add_name_prefixes', 'default_headers', 'organization'] as const;

/** They change nothing that can be seen here. `api_key` is never read: a key does not belong into a pipeline. */
const HARMLESS = [
  'api_key',
  'include_name_in_message',
  'max_retries',
  'model_capabilities',
  'model_info',
  'parallel_tool_calls',
  'stream_options',
  'timeout',
  'user',
] as const;

const OWN_MODEL = 'Import with --model <provider/model>, which all agents then use.';

/** The model in the words of a pipeline; undefined when there is none, which is then reported. */
export function importModel(place: Place): string | undefined {
  const client = readComponent(place);
  if (!client) return undefined;
  if (client.provider !== OPENAI) {
    const message = `no model here belongs to the client ${shortName(client.provider)}`;
    place.at('provider').refuse(message, OWN_MODEL);
    return undefined;
  }
  const { config } = client;
  config.only(['model', 'base_url', 'stop', 'response_format', ...SAMPLING, ...TRANSPORT, ...HARMLESS]);
  refuseFormats(config);
  for (const key of [...SAMPLING, ...TRANSPORT]) {
    const setting = config.at(key);
    if (setting.empty || setting.value === false) continue;
    setting.warn(`\`${key}\` is not taken over: agents here have no such setting`, 'Check that they do without it.');
  }
  const model = config.at('model').text();
  const base = config.at('base_url').optionalText();
  if (base === undefined || model === undefined) return model === undefined ? undefined : `openai/${model}`;
  const message = `the address of the model is not taken over; the model is written as compatible/${model}`;
  config.at('base_url').warn(message, 'Set NEXUM_BASE_URL to it for the worker, and NEXUM_API_KEY to its key.');
  return `compatible/${model}`;
}

function refuseFormats(config: Place): void {
  const stop = config.at('stop');
  if (!stop.empty) stop.refuse('agents here have no stop words', `Remove \`stop\`. ${OWN_MODEL}`);
  const format = config.at('response_format');
  if (format.absent || format.at('type').value === 'text') return;
  const fix = 'Remove it, import, and declare an `output` schema on the node of the agent.';
  format.refuse('agents here say by a schema what they answer, not by `response_format`', fix);
}
