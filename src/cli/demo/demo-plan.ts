/** What a crash demo is going to do, checked before any process is spawned. */
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import type { CompiledPipeline } from '../../pipeline/compile.js';
import { checkNodes } from '../crash-nodes.js';
import { usesFileHandlers } from '../handler-modules.js';
import { parsePairs } from '../option-parsers.js';
import type { Output } from '../output.js';
import { readPipelineFiles } from '../pipeline-file.js';

const PACKAGE_ROOT = new URL('../../../', import.meta.url);
export const DEFAULT_QUERY = 'How does a lease protect a task?';
export const DEFAULT_NODE = 'validate';

export interface CrashDemoFlags {
  readonly crashAfter?: string;
  readonly crashIn?: string;
  readonly query?: string;
  readonly docs?: string;
  readonly pipeline?: string;
  readonly i: readonly string[];
  readonly handlers: readonly string[];
  readonly keep?: boolean;
  readonly lease: string;
}

export interface CrashDemoPlan {
  readonly compiled: CompiledPipeline;
  readonly input: JsonObject;
  /** The node of the crash, perhaps with its iteration (`validate#2`), and whether it comes inside the node or after its commit. */
  readonly node: string;
  readonly during: boolean;
  /** More arguments for both workers. */
  readonly workerArgs: readonly string[];
}

/** @throws NexumError USAGE, NODE_NOT_FOUND, FILE_NOT_FOUND; InvalidPipeline */
export async function planCrashDemo(flags: CrashDemoFlags, output: Output): Promise<CrashDemoPlan> {
  if (flags.crashAfter !== undefined && flags.crashIn !== undefined) {
    throw nexumError('USAGE', 'choose one of --crash-after and --crash-in');
  }
  const file = flags.pipeline ?? packageFile('pipelines/research.yaml');
  const [compiled] = await readPipelineFiles([file], output);
  if (!compiled) throw nexumError('INTERNAL', `${file} gave no pipeline`);
  const node = flags.crashIn ?? flags.crashAfter ?? DEFAULT_NODE;
  checkNodes([node], [compiled.ir]);
  return {
    compiled,
    input: inputOf(compiled, flags),
    node,
    during: flags.crashIn !== undefined,
    workerArgs: [
      ...flags.handlers.flatMap((module) => ['--handlers', module]),
      // Only to load the handlers that it names by file; registered it is anyway.
      ...(usesFileHandlers(compiled) ? [file] : []),
    ],
  };
}

/** Defaults only for inputs that the pipeline declares, and a question only if it has none of its own; what the user names is passed on. */
function inputOf(compiled: CompiledPipeline, flags: CrashDemoFlags): JsonObject {
  const declared = compiled.ir.pipeline?.inputs ?? {};
  return {
    ...('docs' in declared ? { docs: packageFile('docs') } : {}),
    ...(declared['query'] && declared['query'].default === undefined ? { query: DEFAULT_QUERY } : {}),
    ...(flags.docs === undefined ? {} : { docs: flags.docs }),
    ...(flags.query === undefined ? {} : { query: flags.query }),
    ...parsePairs(flags.i),
  };
}

/** A file that travels with the package, from a checkout as from node_modules. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, PACKAGE_ROOT));
}
