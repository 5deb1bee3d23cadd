/** The user's handlers: modules of `--handlers`, and files that pipelines name themselves. */
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NodeBehaviour } from '../core/ir.js';
import { errorMessage, nexumError } from '../errors.js';
import type { CompiledPipeline } from '../pipeline/compile.js';
import type { Handler } from '../worker/handler.js';
import type { Output } from './output.js';

export interface PreparedPipelines {
  /** In the order of the files. */
  readonly compiled: readonly CompiledPipeline[];
  readonly handlers: ReadonlyMap<string, Handler>;
}

/** Compiles pipeline files and loads every handler that the modules and the files bring. */
export async function preparePipelines(
  files: readonly string[],
  modules: readonly string[],
  output: Output,
): Promise<PreparedPipelines> {
  const handlers = await loadHandlerModules(modules);
  // A worker without files of its own needs no compiler, which takes as long to load as everything else together.
  if (files.length === 0) return { compiled: [], handlers };
  const { readPipelineFiles } = await import('./pipeline-file.js');
  const compiled = await readPipelineFiles(files, output, handlers.keys());
  for (const [name, handler] of await loadFileHandlers(compiled)) handlers.set(name, handler);
  return { compiled, handlers };
}

/** Loads `--handlers` modules: `export default { name: async (input, ctx) => ... }`. */
export async function loadHandlerModules(files: readonly string[]): Promise<Map<string, Handler>> {
  const handlers = new Map<string, Handler>();
  for (const file of files) {
    const exported = (await importModule(file))['default'];
    if (typeof exported !== 'object' || exported === null) {
      throw nexumError('USAGE', `${file} must have a default export: an object of handler functions by name`);
    }
    for (const [name, handler] of Object.entries(exported)) {
      if (typeof handler !== 'function') throw nexumError('USAGE', `the handler ${name} of ${file} is not a function`);
      if (handlers.has(name)) throw nexumError('USAGE', `two of the --handlers modules export the handler ${name}`);
      handlers.set(name, handler as Handler);
    }
  }
  return handlers;
}

/** True when the pipeline, or a child of it, names a handler by file, such as `uses: ./handlers.js#fn`. */
export function usesFileHandlers(compiled: CompiledPipeline): boolean {
  return fileHandlers([compiled]).length > 0;
}

/** Loads what pipelines and their children name by file: `./handlers.js#fn`, relative to the pipeline file. */
async function loadFileHandlers(compiled: readonly CompiledPipeline[]): Promise<Map<string, Handler>> {
  const handlers = new Map<string, Handler>();
  const modules = new Map<string, string>();
  for (const { name, module, exported } of fileHandlers(compiled)) {
    const other = modules.get(name);
    if (other !== undefined && other !== module)
      throw nexumError('USAGE', `${name} means two handlers: ${other} and ${module}; rename one of the files`);
    modules.set(name, module);
    const handler = (await importModule(module))[exported];
    if (typeof handler !== 'function') throw nexumError('USAGE', `${module} does not export the function ${exported}`);
    handlers.set(name, handler as Handler);
  }
  return handlers;
}

interface FileHandler {
  readonly name: string;
  readonly module: string;
  readonly exported: string;
}

function fileHandlers(compiled: readonly CompiledPipeline[]): FileHandler[] {
  const pipelines = compiled.flatMap((pipeline) => [...pipeline.children, pipeline]);
  return pipelines.flatMap(({ ir, file }) =>
    Object.values(ir.nodes)
      .flatMap((node) => handlerNames(node['x-nexum']))
      .flatMap((name) => {
        const [path, exported] = name.split('#');
        if (!name.startsWith('.') || path === undefined || exported === undefined) return [];
        return [{ name, module: resolve(dirname(file), path), exported }];
      }),
  );
}

/** What a node needs of its worker: its own handler, and those that its edges ask. */
function handlerNames({ handler, edges = [] }: NodeBehaviour = {}): string[] {
  const asked = edges.flatMap(({ when }) => (when && 'handler' in when ? [when.handler] : []));
  return [...(handler === undefined ? [] : [handler]), ...asked];
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw nexumError('USAGE', `cannot load the handlers of ${file}: ${errorMessage(error)}`, { file }, error);
  }
}
