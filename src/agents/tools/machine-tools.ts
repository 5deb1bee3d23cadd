/** The machine of the worker for agents: files of one folder, and the shell. Off unless its operator allows them. */
import type { Json } from '../../core/ir.js';
import { allowedFolder, requireShell, type Permissions } from '../../handlers/permissions.js';
import { runShell } from '../../handlers/shell/shell-command.js';
import { objectOf, type AgentTool } from './agent-tool.js';
import { escapedJson, MAX_RESULT_CHARS } from './observation.js';
import { fitting } from './result-text.js';
import { powersOf } from './tool-names.js';

const SHELL_TIMEOUT_MS = 60_000;
const PATH = { type: 'string', minLength: 1, maxLength: 1000, description: 'A relative path, such as notes/a.md.' };
/** Of each of the two streams of a command. */
const MAX_STREAM_CHARS = MAX_RESULT_CHARS / 2 - 500;

/**
 * One of them. Equal calls run again each time: the file may have changed, and a command may do something again on purpose.
 * @throws NexumError TOOL_NOT_ALLOWED
 */
export function machineTool(name: string, permissions: Permissions): AgentTool {
  switch (name) {
    case 'read_file':
      return readTool(permissions);
    case 'write_file':
      return writeTool(permissions);
    default:
      return shellTool(permissions);
  }
}

function readTool(permissions: Permissions): AgentTool {
  const folder = allowedFolder(permissions, 'the tool read_file');
  const start = { type: 'integer', minimum: 0, description: 'First character, to read on; 0 by default.' };
  return {
    name: 'read_file',
    description: 'Reads a text file. Returns {path, text, start, end, characters}.',
    parameters: objectOf({ path: PATH, start }, ['path']),
    powers: powersOf('read_file'),
    repeat: 'sequence',
    run: async (args) => {
      const path = textOf(args['path']);
      const from = typeof args['start'] === 'number' ? args['start'] : 0;
      const whole = await folder.read(path);
      const text = fitting(
        whole.slice(from, from + MAX_RESULT_CHARS),
        MAX_RESULT_CHARS - escapedJson(path).length - 200,
      );
      return { path, text, start: from, end: from + text.length, characters: whole.length };
    },
  };
}

function writeTool(permissions: Permissions): AgentTool {
  const folder = allowedFolder(permissions, 'the tool write_file');
  return {
    name: 'write_file',
    description: 'Writes a text file, or replaces it. Returns {path, bytes, sha256}.',
    parameters: objectOf({ path: PATH, content: { type: 'string', description: 'The whole new text.' } }, [
      'path',
      'content',
    ]),
    powers: powersOf('write_file'),
    repeat: 'sequence',
    run: (args) => folder.write(textOf(args['path']), textOf(args['content'])),
  };
}

function shellTool(permissions: Permissions): AgentTool {
  requireShell(permissions, 'the tool run_shell');
  return {
    name: 'run_shell',
    description: 'Runs a command with /bin/sh. Returns {exitCode, stdout, stderr, omittedBytes}.',
    parameters: objectOf({ command: { type: 'string', minLength: 1, maxLength: 20_000 } }, ['command']),
    powers: powersOf('run_shell'),
    repeat: 'sequence',
    run: async (args, { signal, idempotencyKey }) => {
      const env = { NEXUM_IDEMPOTENCY_KEY: idempotencyKey };
      const result = await runShell({ command: textOf(args['command']), env, timeoutMs: SHELL_TIMEOUT_MS }, signal);
      const [stdout, stderr] = [fitting(result.stdout, MAX_STREAM_CHARS), fitting(result.stderr, MAX_STREAM_CHARS)];
      const cut = bytesOf(result.stdout) - bytesOf(stdout) + bytesOf(result.stderr) - bytesOf(stderr);
      return { ...result, stdout, stderr, omittedBytes: result.omittedBytes + cut };
    },
  };
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
