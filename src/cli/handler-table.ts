/** The handlers that every worker has. Their names are known at once; their code is loaded when the first one runs. */
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
  'http.request',
  'web.search',
  'web.visit',
  'agent',
] as const;

export interface BuiltInHandlers {
  readonly table: HandlerTable;
  /** Loads the code before the first node needs it. */
  preload(): void;
}

export function builtInHandlers(env: NodeJS.ProcessEnv): BuiltInHandlers {
  let loading: Promise<HandlerTable> | undefined;
  const load = (): Promise<HandlerTable> => (loading ??= loadBuiltInHandlers(env));
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
  };
}

export async function loadBuiltInHandlers(env: NodeJS.ProcessEnv): Promise<HandlerTable> {
  const [{ createBuiltInHandlers }, { DocumentLibrary }, { createAgentHandler }] = await Promise.all([
    import('../handlers/built-in.js'),
    import('../handlers/document-library.js'),
    import('../agents/agent-handler.js'),
  ]);
  const library = new DocumentLibrary();
  return new Map([...createBuiltInHandlers({ library, env }), ['agent', createAgentHandler({ library, env })]]);
}
