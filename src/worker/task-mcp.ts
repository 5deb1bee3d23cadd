/** The MCP servers that one attempt may use, with their secrets filled in. */
import type { Json, McpServerSpec, NodeBehaviour, WorkflowIr } from '../core/ir.js';
import { mcpServersOf } from '../core/mcp-name.js';
import type { McpContext, McpServer } from './handler.js';
import { readSecrets, type SecretSource } from './task-secrets.js';

type Render = (template: Json, secrets: Readonly<Record<string, string>>) => Json;

export interface TaskMcp {
  readonly context: McpContext;
  /** Their values must not show in errors. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Undefined when the node uses none.
 * @throws NexumError MISSING_SECRET
 */
export async function readMcp(
  behaviour: NodeBehaviour,
  { pipeline }: WorkflowIr,
  source: { readonly secrets: SecretSource; readonly node: string; readonly render: () => Promise<Render> },
): Promise<TaskMcp | undefined> {
  const names = mcpServersOf(behaviour);
  if (names.length === 0) return undefined;
  const declared = pipeline?.mcp ?? {};
  const secrets: Record<string, string> = {};
  const servers: Record<string, McpServer> = {};
  for (const name of names) {
    const spec = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (!spec) continue;
    const own = readSecrets(spec.secrets ?? [], source.secrets, source.node);
    Object.assign(secrets, own);
    servers[name] = await rendered(spec, own, source.render);
  }
  const context = { servers, ...(behaviour.mcp === undefined ? {} : { call: behaviour.mcp }) };
  return { context, secrets };
}

async function rendered(
  spec: McpServerSpec,
  secrets: Readonly<Record<string, string>>,
  render: () => Promise<Render>,
): Promise<McpServer> {
  const { env = {}, headers = {} } = spec;
  if (Object.keys(env).length + Object.keys(headers).length === 0) return { spec, env, headers };
  const fill = await render();
  const texts = (map: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(map).map(([key, template]) => [key, asText(fill(template, secrets))]));
  return { spec, env: texts(env), headers: texts(headers) };
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
