/** The table of the handlers that every worker has. */
import type { Handler, HandlerTable } from '../worker/handler.js';
import { citeValidate } from './cite-validate.js';
import { docsChunk, docsLoad, docsRead, docsSearch } from './docs-handlers.js';
import type { DocumentLibrary } from './document-library.js';
import { fileWrite } from './files/file-write.js';
import { jsRun } from './js-run.js';
import { lazyServers } from './mcp/lazy-servers.js';
import { mcpCall } from './mcp/mcp-call.js';
import type { McpServers } from './mcp/mcp-servers.js';
import { permissionsOf, type Permissions } from './permissions.js';
import { reportMarkdown } from './report-markdown.js';
import { shellRun } from './shell/shell-run.js';
import { summarizeText, templateText } from './text-handlers.js';

export interface BuiltInOptions {
  /** Shared with the document tools of agents, so that a folder is parsed and indexed once per worker. */
  readonly library: DocumentLibrary;
  /** Where allowed hosts, search engines and their keys are looked up. */
  readonly env: NodeJS.ProcessEnv;
  /** Default: those of `env`. */
  readonly permissions?: Permissions;
  /** The MCP servers of the worker, which also stops them. Default: none is allowed. */
  readonly mcp?: () => Promise<McpServers>;
}

const WEB_HANDLERS = ['http.request', 'web.search', 'web.visit'];

/**
 * Creates the built-in handlers by the names that `uses` gives: docs.load, docs.search, docs.read, docs.chunk,
 * cite.validate, text.summarize, text.template, report.markdown and js.run, which need neither the network nor a key;
 * http.request, web.search, web.visit; file.write and shell.run, which fail where the worker does not allow them; and
 * mcp.call.
 */
export function createBuiltInHandlers(options: BuiltInOptions): HandlerTable {
  const { library, env, permissions = permissionsOf(env) } = options;
  const mcp = options.mcp ?? lazyServers(permissions).get;
  return new Map<string, Handler>([
    ['docs.load', docsLoad(library)],
    ['docs.search', docsSearch(library)],
    ['docs.read', docsRead(library)],
    ['docs.chunk', docsChunk(library)],
    ['cite.validate', citeValidate(library)],
    ['text.summarize', summarizeText],
    ['text.template', templateText],
    ['report.markdown', reportMarkdown],
    ['js.run', jsRun()],
    ...webHandlers(env),
    ['file.write', fileWrite(permissions)],
    ['shell.run', shellRun(permissions)],
    ['mcp.call', mcpCall(mcp)],
  ]);
}

/** Loaded with the first node that needs one: what they parse pages with is larger than everything else here. */
function webHandlers(env: NodeJS.ProcessEnv): readonly (readonly [string, Handler])[] {
  let loading: Promise<HandlerTable> | undefined;
  const load = (): Promise<HandlerTable> =>
    (loading ??= import('./web/web-handlers.js').then(({ createWebHandlers }) => createWebHandlers({ env })));
  return WEB_HANDLERS.map((name) => [
    name,
    async (input, context) => {
      const handler = (await load()).get(name);
      if (!handler) throw new Error(`the built-in handler ${name} is missing`);
      return handler(input, context);
    },
  ]);
}
