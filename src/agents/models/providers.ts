/**
 * The providers of models: one row each, all spoken to through the `openai` package. What differs between them is data
 * here, so that no code asks for the name of a provider.
 */

export interface Provider {
  readonly name: string;
  /** `responses`: OpenAI's own API, whose newest models refuse tools on chat completions. */
  readonly api: 'responses' | 'chat';
  /** Absent: there is no default, `baseUrlEnv` must be set. */
  readonly baseUrl?: string;
  readonly baseUrlEnv: string;
  /** Added to a base URL that names only a host. */
  readonly basePath?: string;
  /** Variables of the key; the first that is set counts. */
  readonly keyEnv: readonly string[];
  readonly needsKey: boolean;
  readonly organizationEnv?: string;
  /** Names of models that mean this provider without naming it. */
  readonly bareNames?: RegExp;
  /**
   * When the schema of the final answer is sent. `without_tools`: a schema binds everything that the model writes, so
   * the calls of tools too. `never`: the endpoint ignores it, the prompt alone says what is wanted.
   */
  readonly answerSchema: 'always' | 'without_tools' | 'never';
  /** Whether the provider can promise an answer by the schema. */
  readonly strictSchema: boolean;
  /** False: a request with tools is never streamed, because calls get lost in its streams. */
  readonly streamsTools: boolean;
  /** A conversation with calls of tools is refused without definitions of tools, also where none may be called. */
  readonly wantsDefinitions: boolean;
  /** Calls of tools may arrive as JSON in the text (text-tool-calls.ts). */
  readonly textToolCalls: boolean;
  /** Runs on a machine of the user: a call costs nothing. */
  readonly free: boolean;
}

const CHAT = {
  api: 'chat',
  needsKey: true,
  strictSchema: false,
  streamsTools: true,
  wantsDefinitions: false,
  textToolCalls: false,
  free: false,
} as const;

export const PROVIDERS: readonly Provider[] = [
  {
    ...CHAT,
    name: 'openai',
    api: 'responses',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlEnv: 'OPENAI_BASE_URL',
    keyEnv: ['OPENAI_API_KEY'],
    organizationEnv: 'OPENAI_ORG_ID',
    // gpt-oss are open weights, which OpenAI does not serve.
    bareNames: /^(?:gpt-(?!oss)|chatgpt-|ft:gpt-|o\d)/,
    answerSchema: 'always',
    strictSchema: true,
  },
  {
    ...CHAT,
    name: 'anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    baseUrlEnv: 'ANTHROPIC_BASE_URL',
    keyEnv: ['ANTHROPIC_API_KEY'],
    bareNames: /^claude-/,
    // https://platform.claude.com/docs/en/api/openai-sdk: `response_format` and `strict` are ignored.
    answerSchema: 'never',
    wantsDefinitions: true,
  },
  {
    ...CHAT,
    name: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    baseUrlEnv: 'GEMINI_BASE_URL',
    keyEnv: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    bareNames: /^gemini-/,
    // Gemini before 3 refuses a JSON answer in a request that has tools.
    answerSchema: 'without_tools',
  },
  {
    ...CHAT,
    name: 'ollama',
    baseUrl: 'http://localhost:11434/v1',
    baseUrlEnv: 'OLLAMA_BASE_URL',
    basePath: '/v1',
    keyEnv: [],
    needsKey: false,
    answerSchema: 'without_tools',
    streamsTools: false,
    textToolCalls: true,
    free: true,
  },
  {
    ...CHAT,
    name: 'compatible',
    baseUrlEnv: 'NEXUM_BASE_URL',
    keyEnv: ['NEXUM_API_KEY'],
    needsKey: false,
    answerSchema: 'without_tools',
    textToolCalls: true,
  },
];

/** Every variable that may hold a key, in the order of the table. */
export const KEY_NAMES: readonly string[] = PROVIDERS.flatMap(({ keyEnv }) => keyEnv);
