/** The rule of the three powers: who has all of them together can be talked into sending secrets away. */
import { TOOL_POWERS, type McpServerSpec, type ToolPower } from './ir.js';

/** A tool with what it can do. */
export interface PoweredTool {
  readonly name: string;
  readonly powers: readonly ToolPower[];
}

/** What the tools of an MCP server can do. Who knows nothing of them expects the worst that needs no secrets. */
export function serverPowers({
  powers,
  secrets = [],
}: Pick<McpServerSpec, 'powers' | 'secrets'>): readonly ToolPower[] {
  const declared = powers ?? (['reads_web', 'writes'] as const);
  return secrets.length === 0 ? declared : [...new Set([...declared, 'holds_secrets' as const])];
}

/**
 * Says what makes an agent unsafe: its tools have all three powers together, and `allow` does not name them all.
 * Undefined when it is not. One tool may have several powers.
 */
export function unsafePowers(tools: readonly PoweredTool[], allow: readonly string[] = []): string | undefined {
  const held = TOOL_POWERS.map((power) => ({ power, by: tools.filter(({ powers }) => powers.includes(power)) }));
  if (held.some(({ by }) => by.length === 0)) return undefined;
  if (TOOL_POWERS.every((power) => allow.includes(power))) return undefined;
  return held.map(({ power, by }) => `${power} (${[...new Set(by.map(({ name }) => name))].join(', ')})`).join(', ');
}
