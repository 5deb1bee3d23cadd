/** `--allow-files`, `--allow-shell`, `--allow-mcp`: what pipelines may do on this machine. */
import type { Command } from 'commander';
import { permissionsOf, type PermissionFlags, type Permissions } from '../handlers/permissions.js';
import type { CompiledPipeline } from '../pipeline/compile.js';

const FILES = 'let file.write and the file tools of agents work in this folder (NEXUM_ALLOW_FILES)';
const SHELL = 'let shell.run and the tool run_shell run commands (NEXUM_ALLOW_SHELL=1)';
const MCP = 'start MCP servers of any pipeline, not only of the files given here (NEXUM_ALLOW_MCP=1)';

export function addPermissionOptions(command: Command): Command {
  return addMachineOptions(command).option('--allow-mcp', MCP);
}

/** Without pipelines there are no MCP servers. */
export function addMachineOptions(command: Command): Command {
  return command.option('--allow-files <folder>', FILES).option('--allow-shell', SHELL);
}

/** The servers of the files that somebody named at the command line are allowed by that. */
export function permissionsFor(
  env: NodeJS.ProcessEnv,
  flags: PermissionFlags,
  compiled: readonly CompiledPipeline[],
): Permissions {
  const pipelines = compiled.flatMap((pipeline) => [...pipeline.children, pipeline]);
  const servers = pipelines.flatMap(({ ir }) => Object.values(ir.pipeline?.mcp ?? {}));
  return permissionsOf(env, flags, servers);
}
