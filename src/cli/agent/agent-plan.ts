/** What one `nexum agent` is to do, read from its options and checked before anything is opened. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { normalize, relative, resolve, sep } from 'node:path';
import type { AgentSpec } from '../../core/ir.js';
import { PROVIDERS } from '../../agents/models/providers.js';
import { checkSessionId } from '../../durable/call-key.js';
import { errorMessage, nexumError } from '../../errors.js';
import type { PermissionFlags } from '../../handlers/permissions.js';
import { FAILPOINTS } from '../../failpoint.js';
import { NameIndex } from '../../pipeline/name-index.js';

const MOST_STEPS = 50;
/** Hex digits of a derived session id: 48 bits tell the questions of all who share a server apart. */
const DERIVED_DIGITS = 12;
/** Windows that a process without a worker never comes to. */
const OF_WORKERS = 'worker.';
const OF_THIS_PROCESS = 'call.';

const INSTRUCTIONS =
  'Answer the question with the help of your tools. Search with several short sub-queries, read the best passages, and ' +
  'search again for what is still missing.';

export interface AgentFlags extends PermissionFlags {
  readonly sessionId?: string;
  readonly crashAfterStep?: number;
  readonly crashPoint?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly docs: string;
  readonly tools?: readonly string[];
  readonly maxSteps: number;
  readonly code?: boolean;
  readonly instructions?: string;
  readonly quiet?: boolean;
  readonly address?: string;
}

export interface AgentPlan {
  readonly question: string;
  readonly sessionId: string;
  /** True when nobody named the session: its id was made of the question and the folder. */
  readonly derived: boolean;
  readonly spec: AgentSpec;
  /** Relative to the working directory where it lies below it: part of the keys of the calls. */
  readonly docs: string;
  /** Where model, keys and endpoints are looked up. */
  readonly env: NodeJS.ProcessEnv;
  /** Die after so many newly executed calls were committed. */
  readonly crashAfterCalls?: number;
  /** Die in this crash window. */
  readonly crashPoint?: string;
}

export interface PlanSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly knownTools: readonly string[];
  /** What an agent has without `--tools`. */
  readonly usualTools: readonly string[];
  /** The server is another process: its crash windows are not ours. */
  readonly remote: boolean;
}

/** @throws NexumError USAGE, UNKNOWN_TOOL */
export function planAgent(question: string, flags: AgentFlags, around: PlanSurroundings): AgentPlan {
  const asked = question.trim();
  if (asked === '') throw nexumError('USAGE', 'the question is empty: nexum agent "What is a lease?"');
  const tools = flags.tools ?? around.usualTools;
  checkTools(tools, around.knownTools);
  if (flags.maxSteps > MOST_STEPS) throw nexumError('USAGE', `--max-steps is at most ${MOST_STEPS}`);
  if (flags.crashPoint !== undefined) checkCrashPoint(flags.crashPoint, around.remote);
  if (flags.crashPoint !== undefined && flags.crashAfterStep !== undefined) {
    throw nexumError('USAGE', 'a process dies once: choose one of --crash-after-step and --crash-point');
  }
  const spec: AgentSpec = {
    name: 'agent',
    instructions: flags.instructions ?? INSTRUCTIONS,
    tools,
    maxSteps: flags.maxSteps,
    ...(flags.code === true ? { kind: 'code' as const } : {}),
  };
  const named = flags.sessionId ?? (around.env['SESSION_ID'] || undefined);
  if (named !== undefined) checkNamedSession(named, flags.sessionId === undefined ? 'SESSION_ID' : '--session-id');
  const model = flags.model ?? (around.env['NEXUM_MODEL'] || undefined);
  return {
    question: asked,
    sessionId: named ?? derivedId(asked, resolve(flags.docs), spec),
    derived: named === undefined,
    spec: model === undefined ? spec : { ...spec, model },
    docs: stablePath(flags.docs),
    env: modelEnv(flags, model, around.env),
    ...(flags.crashAfterStep === undefined ? {} : { crashAfterCalls: flags.crashAfterStep }),
    ...(flags.crashPoint === undefined ? {} : { crashPoint: flags.crashPoint }),
  };
}

/** @throws NexumError DOCUMENTS_NOT_FOUND */
export async function checkDocsFolder(docs: string): Promise<void> {
  const found = await stat(docs).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const what = found === undefined ? 'does not exist' : 'is no folder';
  throw nexumError('DOCUMENTS_NOT_FOUND', `the documents folder ${docs} ${what}`, { folder: docs });
}

/** @throws NexumError USAGE when a process like this one never comes to that window */
function checkCrashPoint(text: string, remote: boolean): void {
  const name = text.replace(/@.*$/s, '');
  const index = new NameIndex(Object.keys(FAILPOINTS).filter((point) => !point.startsWith(OF_WORKERS)));
  if (!index.has(name)) {
    const nearest = index.nearest(name);
    const hint = nearest === undefined ? '.' : `; did you mean ${nearest}?`;
    throw nexumError('USAGE', `unknown crash point ${JSON.stringify(name)}${hint} Points: ${index.names.join(', ')}`);
  }
  if (remote && !name.startsWith(OF_THIS_PROCESS)) {
    throw nexumError('USAGE', `${name} lies in the server, which is another process here; choose one of call.*`);
  }
  if (!/^[^@]+(@[1-9]\d*)?$/.test(text)) {
    throw nexumError(
      'USAGE',
      `${JSON.stringify(text)} is no crash point: write <name>, or <name>@<n> for the n-th time`,
    );
  }
}

/** @throws NexumError USAGE */
function checkNamedSession(id: string, by: string): void {
  try {
    checkSessionId(id);
  } catch (error) {
    throw nexumError('USAGE', `${by}: ${errorMessage(error)}`, { session: id }, error);
  }
}

function checkTools(names: readonly string[], known: readonly string[]): void {
  const index = new NameIndex(known);
  const unknown = names.filter((name) => !index.has(name));
  if (unknown.length === 0) return;
  const hints = unknown.map((name) => {
    const nearest = index.nearest(name);
    return `${JSON.stringify(name)}${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`;
  });
  throw nexumError('UNKNOWN_TOOL', `--tools names ${hints.join(' and ')}; the tools are: ${known.join(', ')}`, {
    unknown,
  });
}

/**
 * The same question to the same agent about the same folder is the same session, so that a repeated command goes on. The
 * folder is there with its whole path: in the keys of the calls, where it is relative, those of two projects look the same,
 * and they may share a server. Whatever else would make the recorded conversation another one is in the hash, too; the model
 * is in the keys of the calls.
 */
function derivedId(question: string, folder: string, spec: AgentSpec): string {
  const { model: _model, ...agent } = spec;
  const digest = createHash('sha256')
    .update(JSON.stringify([question, folder, agent]))
    .digest('hex');
  return `agent-${digest.slice(0, DERIVED_DIGITS)}`;
}

/** `docs`, `./docs/` and the absolute path of the same folder are one: the same calls. */
function stablePath(folder: string): string {
  const below = relative(process.cwd(), resolve(folder));
  if (below === '') return '.';
  return below.startsWith(`..${sep}`) || below === '..' ? normalize(resolve(folder)) : below;
}

/** `--base-url` is the endpoint of whichever provider the model names. */
function modelEnv(flags: AgentFlags, model: string | undefined, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { baseUrl } = flags;
  if (baseUrl === undefined) return env;
  // The URL is not shown: it may hold a key.
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw nexumError('USAGE', '--base-url must be an http or https URL, such as http://localhost:8000/v1');
  }
  if (model === undefined || model === 'offline') {
    throw nexumError('USAGE', '--base-url needs a model at that endpoint: add --model <name>');
  }
  return { ...env, ...Object.fromEntries(PROVIDERS.map(({ baseUrlEnv }) => [baseUrlEnv, baseUrl])) };
}
