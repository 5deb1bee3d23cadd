/** The handlers that every worker has. Their names are known at once; their code is loaded when the first one runs. */
import { lazyServers } from '../handlers/mcp/lazy-servers.js';
import { permissionsOf } from '../handlers/permissions.js';
import type { Handler, HandlerTable } from '../worker/handler.js';

/** Kept equal to what `loadBuiltInHandlers` returns by a test. */
export const BUILT_IN_HANDLERS = [
  'docs.load',
  'docs.search',
  'docs.read',
  'docs.chunk',
  'cite.validate',
  'text.summarize',
  'text.template',
  'report.markdown',
  'js.run',
  'http.request',
  'web.search',
  'web.visit',
  'file.write',
  'shell.run',
  'mcp.call',
  'agent',
] as const;

export interface BuiltInHandlers {
  readonly table: HandlerTable;
  /** Loads the code before the first node needs it. */
  preload(): void;
  /** Ends what handlers have started: MCP servers. */
  stop(): Promise<void>;
}

/** @param permissions default: those of the environment */
export function builtInHandlers(env: NodeJS.ProcessEnv, permissions = permissionsOf(env)): BuiltInHandlers {
  let loading: Promise<HandlerTable> | undefined;
  const mcp = lazyServers(permissions);
  const load = (): Promise<HandlerTable> => (loading ??= loadBuiltInHandlers(env, permissions, mcp.get));
  const lazy =
    (name: string): Handler =>
    async (input, context) => {
      const handler = (await load()).get(name);
      if (!handler) throw new Error(`the built-in handler ${name} is missing`);
      return handler(input, context);
    };
  return {
    table: new Map(BUILT_IN_HANDLERS.map((name) => [name, lazy(name)])),
    preload: () => {
      // Whoever needs the code first meets the error, if there is one.
      load().catch(() => undefined);
    },
    stop: mcp.stop,
  };
}

export async function loadBuiltInHandlers(
  env: NodeJS.ProcessEnv,
  permissions = permissionsOf(env),
  mcp = lazyServers(permissions).get,
): Promise<HandlerTable> {
  const [{ createBuiltInHandlers }, { DocumentLibrary }, { createAgentHandler }, { Toolbox }] = await Promise.all([
    import('../handlers/built-in.js'),
    import('../handlers/document-library.js'),
    import('../agents/agent-handler.js'),
    import('../agents/tools/toolbox.js'),
  ]);
  const library = new DocumentLibrary();
  const toolbox = new Toolbox({ library, env, permissions, mcp });
  const handlers = createBuiltInHandlers({ library, env, permissions, mcp });
  return new Map([...handlers, ['agent', createAgentHandler({ library, env, toolbox })]]);
}
