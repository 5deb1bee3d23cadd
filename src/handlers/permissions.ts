/** What the operator of a worker lets pipelines do on its machine. Nothing, unless they say so. */
import type { McpServerSpec } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { ConfinedFolder } from './files/confined-folder.js';

export interface Permissions {
  /** The only folder in which `file.write` and the file tools of agents work; absent: they do not. */
  readonly filesFolder?: string;
  readonly shell: boolean;
  readonly mcp: {
    /** Any pipeline may declare servers. */
    readonly allowAll: boolean;
    /** Those of the pipeline files that the worker was started with. */
    readonly servers: readonly McpServerSpec[];
  };
}

/** Options of a command that win over the environment. */
export interface PermissionFlags {
  readonly allowFiles?: string;
  readonly allowShell?: boolean;
  readonly allowMcp?: boolean;
}

/**
 * By the options, else by NEXUM_ALLOW_FILES (a folder), NEXUM_ALLOW_SHELL=1 and NEXUM_ALLOW_MCP=1.
 * @param servers those of the pipeline files that the worker is started with
 */
export function permissionsOf(
  env: NodeJS.ProcessEnv,
  flags: PermissionFlags = {},
  servers: readonly McpServerSpec[] = [],
): Permissions {
  const filesFolder = (flags.allowFiles ?? env['NEXUM_ALLOW_FILES'])?.trim();
  return {
    ...(filesFolder ? { filesFolder } : {}),
    shell: flags.allowShell ?? isOn(env['NEXUM_ALLOW_SHELL']),
    mcp: { allowAll: flags.allowMcp ?? isOn(env['NEXUM_ALLOW_MCP']), servers },
  };
}

function isOn(value = ''): boolean {
  return value === '1' || value.toLowerCase() === 'true';
}

/** @throws NexumError TOOL_NOT_ALLOWED */
export function allowedFolder({ filesFolder }: Permissions, what: string): ConfinedFolder {
  if (filesFolder !== undefined) return new ConfinedFolder(filesFolder);
  throw nexumError('TOOL_NOT_ALLOWED', `this worker does not allow ${what}: it was started without --allow-files`);
}

/** @throws NexumError TOOL_NOT_ALLOWED */
export function requireShell({ shell }: Permissions, what: string): void {
  if (!shell)
    throw nexumError('TOOL_NOT_ALLOWED', `this worker does not allow ${what}: it was started without --allow-shell`);
}
