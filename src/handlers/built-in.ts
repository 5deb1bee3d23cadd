/** The table of the handlers that every worker has. */
import type { Handler, HandlerTable } from '../worker/handler.js';
import { citeValidate } from './cite-validate.js';
import { docsChunk, docsLoad, docsRead, docsSearch } from './docs-handlers.js';
import type { DocumentLibrary } from './document-library.js';
import { jsRun } from './js-run.js';
import { reportMarkdown } from './report-markdown.js';
import { summarizeText, templateText } from './text-handlers.js';

/**
 * Creates the built-in handlers by the names that `uses` gives: docs.load, docs.search, docs.read, docs.chunk,
 * cite.validate, text.summarize, text.template, report.markdown, js.run. None needs the network or a key.
 *
 * @param library shared with the document tools of agents, so that a folder is parsed and indexed once per worker
 */
export function createBuiltInHandlers(library: DocumentLibrary): HandlerTable {
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
  ]);
}
