/** Imports one file: reads it, says what there is to say, writes the pipeline. */
import { readFile, writeFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { AGENT_TOOL_NAMES } from '../agents/tools/tool-names.js';
import { errorMessage, nexumError } from '../errors.js';
import { importAutogen } from '../pipeline/autogen/import-autogen.js';
import { formatIssue } from '../pipeline/issue.js';
import { BUILT_IN_HANDLERS } from './handler-table.js';
import type { Output } from './output.js';
import { InvalidPipeline } from './pipeline-issues.js';

const STANDARD = '-';

/**
 * @param flags `output`: the file to write, or `-`
 * @throws InvalidPipeline when it cannot be imported; NexumError FILE_NOT_FOUND, USAGE
 */
export async function importFile(
  file: string,
  flags: { readonly output: string; readonly model?: string; readonly force?: boolean },
  output: Output,
): Promise<void> {
  const name = file === STANDARD ? 'stdin' : file;
  const known = { knownHandlers: BUILT_IN_HANDLERS, knownTools: AGENT_TOOL_NAMES };
  const { imported, issues } = importAutogen(await readText(file), name, { ...known, model: flags.model });
  if (!imported) throw new InvalidPipeline(issues);
  if (!output.json) for (const issue of issues) output.note(formatIssue(issue));
  const { yaml, compiled } = imported;
  const { workflowId, versionHash, ir } = compiled;
  const report = { valid: true, workflowId, versionHash, nodes: Object.keys(ir.nodes).length, issues };
  if (flags.output === STANDARD) {
    output.data({ ...report, yaml }, yaml);
    return;
  }
  await writePipeline(flags.output, yaml, flags.force ?? false);
  output.data({ ...report, file: flags.output }, `${flags.output}: written (${workflowId}, ${report.nodes} nodes)`);
}

async function readText(file: string): Promise<string> {
  if (file === STANDARD) return readStream(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw nexumError('FILE_NOT_FOUND', `cannot read ${file}: ${errorMessage(error)}`, { file }, error);
  }
}

async function writePipeline(file: string, yaml: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, yaml, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const message = exists ? `${file} exists; --force overwrites it` : `cannot write ${file}: ${errorMessage(error)}`;
    throw nexumError('USAGE', message, { file }, error);
  }
}
