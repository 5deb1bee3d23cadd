/** The table of the handlers that every worker has. */
import type { Handler, HandlerTable } from '../worker/handler.js';
import { citeValidate } from './cite-validate.js';
import { docsChunk, docsLoad, docsRead, docsSearch } from './docs-handlers.js';
import type { DocumentLibrary } from './document-library.js';
import { jsRun } from './js-run.js';
import { reportMarkdown } from './report-markdown.js';
import { summarizeText, templateText } from './text-handlers.js';

export interface BuiltInOptions {
  /** Shared with the document tools of agents, so that a folder is parsed and indexed once per worker. */
  readonly library: DocumentLibrary;
  /** Where allowed hosts, search engines and their keys are looked up. */
  readonly env: NodeJS.ProcessEnv;
}

const WEB_HANDLERS = ['http.request', 'web.search', 'web.visit'];

/**
 * Creates the built-in handlers by the names that `uses` gives: docs.load, docs.search, docs.read, docs.chunk,
 * cite.validate, text.summarize, text.template, report.markdown and js.run, which need neither the network nor a key; and
 * http.request, web.search, web.visit.
 */
export function createBuiltInHandlers({ library, env }: BuiltInOptions): HandlerTable {
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
