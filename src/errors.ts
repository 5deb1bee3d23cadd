/**
 * Every error a user can meet, in one table: its gRPC status, whether a retry can help, and the cure.
 * docs/errors.md is generated from it. Of this package it imports only the parts of itself.
 */

import { rule, type ErrorRule } from './error-rule.js';

export { GrpcStatus, type ErrorRule } from './error-rule.js';
export { errorMessage, NonRetryableError, RetryableError } from './handler-errors.js';

export const ERRORS = {
  // requests
  INVALID_REQUEST: rule('INVALID_ARGUMENT', false, 'Correct the named field and send the request again.'),
  INVALID_WORKFLOW: rule('INVALID_ARGUMENT', false, 'Correct every problem listed, then register the workflow again.'),
  INVALID_INPUT: rule('INVALID_ARGUMENT', false, 'Pass the inputs that the pipeline declares, with their types.'),
  HASH_CONFLICT: rule(
    'INVALID_ARGUMENT',
    false,
    'Compute the hash from the IR that you send; a hash names one IR for ever.',
  ),
  WORKFLOW_NOT_FOUND: rule('NOT_FOUND', false, 'Register the workflow first, or check its id and version hash.'),
  SCHEDULE_NOT_FOUND: rule(
    'NOT_FOUND',
    false,
    'Look at `nexum schedule list`; the newest version of a pipeline says which schedules it has.',
  ),
  EXECUTION_NOT_FOUND: rule('NOT_FOUND', false, 'Check the execution id; `nexum ps --all` lists the ones that exist.'),
  SESSION_NOT_FOUND: rule('NOT_FOUND', false, 'Check the session; `nexum session ls` lists those of programs.'),
  NODE_NOT_FOUND: rule('NOT_FOUND', false, 'Use a node name of this workflow.'),
  NO_OUTPUT: rule('FAILED_PRECONDITION', false, 'Wait until the execution, or the named node, is COMPLETED.'),
  IDEMPOTENCY_CONFLICT: rule(
    'ALREADY_EXISTS',
    false,
    'Use a new idempotency key, or send the same request as the first time.',
  ),
  // leases
  STALE_LEASE: rule('FAILED_PRECONDITION', false, 'Drop this attempt: another attempt owns the task now.'),
  RESULT_CONFLICT: rule('ABORTED', false, 'Keep the result that was committed first; handlers must not answer twice.'),
  EXECUTION_CLOSED: rule('FAILED_PRECONDITION', false, 'Start a new execution; this one has ended.'),
  WRONG_STATE: rule(
    'FAILED_PRECONDITION',
    false,
    'Look at the status with `nexum get` and use a command that fits it.',
  ),
  // nodes that wait
  UNKNOWN_SIGNAL: rule('NOT_FOUND', false, 'Use a signal name that a `wait` node of this pipeline names.'),
  NOT_AN_APPROVER: rule('PERMISSION_DENIED', false, 'Let one of the named approvers answer, with --approver.'),
  APPROVAL_REJECTED: rule(
    'ABORTED',
    false,
    'Read the reason; correct what was rejected, then rerun from a node before it.',
  ),
  APPROVAL_TIMEOUT: rule(
    'DEADLINE_EXCEEDED',
    false,
    'Retry the execution to ask again, or raise `timeout` of the node.',
  ),
  SIGNAL_TIMEOUT: rule(
    'DEADLINE_EXCEEDED',
    false,
    'Retry the execution to wait again, or raise `timeout` of the node.',
  ),
  CHILD_FAILED: rule('ABORTED', false, 'Look at the child execution; a retry of the parent retries the child.'),
  CHILD_CANCELLED: rule('ABORTED', false, 'A retry of the parent starts a new child execution.'),
  QUEUE_FULL: rule('RESOURCE_EXHAUSTED', true, 'Start more workers, or repeat the start later; nothing was stored.'),
  CONCURRENCY_LIMIT: rule(
    'FAILED_PRECONDITION',
    false,
    'Wait until the execution that holds the key has ended, or use `on_conflict: queue`.',
  ),
  // resources
  STORE_FULL: rule(
    'RESOURCE_EXHAUSTED',
    true,
    'Free disk space on the server; nothing was lost, the call may be repeated.',
  ),
  STORE_BROKEN: rule(
    'INTERNAL',
    false,
    'Check the disk, restore the data folder from a backup, start the server again.',
  ),
  STORE_UNAVAILABLE: rule(
    'UNAVAILABLE',
    true,
    'Start PostgreSQL or check the database URL and the network; nothing was lost, the call may be repeated.',
  ),
  DATABASE_REFUSED: rule(
    'FAILED_PRECONDITION',
    false,
    'Correct user, password and database name in the URL, or give the role the right to create its schema.',
  ),
  STORE_LOCKED: rule('UNAVAILABLE', true, 'Stop the other server on this data folder, or use another --data-dir.'),
  STORE_VERSION: rule(
    'FAILED_PRECONDITION',
    false,
    'Use a nexum at least as new as the one that wrote this data folder or database.',
  ),
  PAYLOAD_TOO_LARGE: rule('INVALID_ARGUMENT', false, 'Write large results to a file and return its path and hash.'),
  SERVER_STOPPING: rule('UNAVAILABLE', true, 'Repeat the call; another server or the restarted one answers it.'),
  SERVER_UNREACHABLE: rule(
    'UNAVAILABLE',
    true,
    'Start a server with `nexum server` or `nexum dev`, or check --server.',
  ),
  ADDRESS_IN_USE: rule(
    'FAILED_PRECONDITION',
    false,
    'Stop what listens on this address, or choose another with --listen or --http.',
  ),
  // who may talk to a server
  UNAUTHENTICATED: rule(
    'UNAUTHENTICATED',
    false,
    'Set NEXUM_TOKEN or --token-file to a token of the tokens file of the server.',
  ),
  PERMISSION_DENIED: rule(
    'PERMISSION_DENIED',
    false,
    'Use a token whose role may do this; docs/security.md lists what each role may.',
  ),
  INSECURE_LISTEN: rule(
    'FAILED_PRECONDITION',
    false,
    'Give --tls-cert, --tls-key and --tokens-file, listen on localhost, or accept the risk with --insecure.',
  ),
  INSECURE_TOKEN: rule(
    'FAILED_PRECONDITION',
    false,
    'Use TLS with --tls or --tls-ca; --insecure sends the token readable by everybody on the way.',
  ),
  TLS_INVALID: rule(
    'FAILED_PRECONDITION',
    false,
    'Name readable PEM files: a certificate, its private key without a passphrase, and the certificate of the CA.',
  ),
  TOKENS_INVALID: rule(
    'FAILED_PRECONDITION',
    false,
    'Write one `<role> <name> <token>` per line; the role is admin, client, worker or read.',
  ),
  UNSUPPORTED_SERVER: rule('UNIMPLEMENTED', false, 'Use a server that has the named capability.'),
  INTERNAL: rule('INTERNAL', false, 'This is a defect of Nexum Pipelines; please report it with the text above.'),
  // nodes
  HANDLER_FAILED: rule('UNKNOWN', true, 'Read the error text of the node; it is what the handler threw.'),
  UNKNOWN_HANDLER: rule('NOT_FOUND', false, 'Start the worker with --handlers and a module that exports this handler.'),
  MISSING_SECRET: rule(
    'FAILED_PRECONDITION',
    false,
    'Set the environment variable of this name where the worker is started, and start the worker again.',
  ),
  CONDITION_MISSING: rule(
    'FAILED_PRECONDITION',
    false,
    'A worker of this package asks the conditions with a `handler`: let one of the same release run the node.',
  ),
  LIMIT_REACHED: rule('FAILED_PRECONDITION', false, 'Go on with `nexum resume`, or raise `limits` of the pipeline.'),
  LOOP_EXHAUSTED: rule(
    'FAILED_PRECONDITION',
    false,
    'Raise `max_iterations`, mend `until`, or say `on_exhausted: continue`; a retry gives the loop as many rounds again.',
  ),
  NODE_TIMEOUT: rule('DEADLINE_EXCEEDED', true, 'Raise `timeout` of the node, or make the handler faster.'),
  TOO_MANY_LOST: rule(
    'ABORTED',
    false,
    'The worker died in each attempt of this node: look for out-of-memory or a crash in its handler.',
  ),
  OUTPUT_TOO_LARGE: rule('INVALID_ARGUMENT', false, 'Write large results to a file and return its path and hash.'),
  INPUT_TOO_LARGE: rule(
    'INVALID_ARGUMENT',
    false,
    'Let the node depend on fewer or smaller outputs; write large results to files and return their paths.',
  ),
  OUTPUT_NOT_JSON: rule(
    'INVALID_ARGUMENT',
    false,
    'Return only JSON: objects, arrays, strings, finite numbers, booleans, null.',
  ),
  OUTPUT_INVALID: rule('INVALID_ARGUMENT', true, 'The output does not match the `output` schema of the node.'),
  EXPRESSION_FAILED: rule(
    'INVALID_ARGUMENT',
    false,
    'Correct the expression; test values with `default(x, y)` where they can be absent.',
  ),
  // handlers, models and durable calls
  DOCUMENTS_NOT_FOUND: rule(
    'NOT_FOUND',
    false,
    'Pass a folder with .md, .txt, .html, .json or .csv files: `--docs <folder>`, or the input `docs` of the pipeline.',
  ),
  CITATIONS_UNVERIFIED: rule(
    'FAILED_PRECONDITION',
    false,
    'Search again or lower `min_verified`; too few quotations stand in their sources.',
  ),
  MODEL_NOT_CONFIGURED: rule('FAILED_PRECONDITION', false, 'Set the key of the provider, or use the model `offline`.'),
  MODEL_FAILED: rule('UNAVAILABLE', true, 'The model provider refused or failed; its message is above.'),
  CALL_TIMEOUT: rule('DEADLINE_EXCEEDED', true, 'Raise `timeoutMs` of the call, or let the tool tell its progress.'),
  CALL_RUNNING: rule(
    'FAILED_PRECONDITION',
    true,
    'Wait until the call has ended, or forget it with `cancel`, which stops it first.',
  ),
  SESSION_CLOSED: rule('FAILED_PRECONDITION', false, 'Open the session again; what it committed is still there.'),
  MODEL_CUT_OFF: rule('FAILED_PRECONDITION', false, 'Ask for less at once, or use a model that may write more.'),
  MODEL_REFUSED: rule('FAILED_PRECONDITION', false, 'Change the prompt, or use another model; its words are above.'),
  TOOL_FAILED: rule('UNKNOWN', true, 'Read the error text of the tool.'),
  SANDBOX_ERROR: rule('INVALID_ARGUMENT', false, 'Correct the code at the line that is named.'),
  SANDBOX_LIMIT: rule(
    'RESOURCE_EXHAUSTED',
    false,
    'Let the code do less at a time, or raise the limit where the sandbox is opened.',
  ),
  SANDBOX_LOST: rule('UNAVAILABLE', true, 'Try again; if it happens again, look at the free memory of the machine.'),
  UNKNOWN_TOOL: rule('NOT_FOUND', false, 'Use one of the tools listed.'),
  CALL_DIVERGED: rule(
    'FAILED_PRECONDITION',
    false,
    'The replayed turn asked something else than the recorded one: start a new execution.',
  ),
  // the web, and other programs
  WEB_ADDRESS_REFUSED: rule(
    'PERMISSION_DENIED',
    false,
    'Use a public http or https address; to reach an inner one on purpose, name it in NEXUM_ALLOW_HOSTS of the worker.',
  ),
  WEB_RESPONSE_REFUSED: rule('FAILED_PRECONDITION', false, 'Ask for something smaller, or for text that can be read.'),
  WEB_REQUEST_FAILED: rule('UNAVAILABLE', true, 'Check the address; the reason is above.'),
  MCP_UNAVAILABLE: rule('UNAVAILABLE', true, 'Check the command or address of the MCP server; what it said is above.'),
  MCP_NOT_ALLOWED: rule(
    'PERMISSION_DENIED',
    false,
    'Start the worker with the pipeline file that declares the server, or with --allow-mcp.',
  ),
  TOOL_NOT_ALLOWED: rule(
    'PERMISSION_DENIED',
    false,
    'Start the worker with --allow-files <folder> or --allow-shell, or give the node a `queue` of workers that have it.',
  ),
  SHELL_FAILED: rule('ABORTED', true, 'Correct the command, or name its exit code in `ok_exit`; its words are above.'),
  SEARCH_NOT_CONFIGURED: rule(
    'FAILED_PRECONDITION',
    false,
    'Set what the chosen search engine needs, or choose another.',
  ),
  // pipelines (compile errors; each comes with file, line, column and YAML path)
  YAML_SYNTAX: rule('INVALID_ARGUMENT', false, 'Correct the YAML at this place.'),
  DUPLICATE_KEY: rule('INVALID_ARGUMENT', false, 'Remove or rename one of the two keys.'),
  FORBIDDEN_KEY: rule('INVALID_ARGUMENT', false, 'Rename the key: this name is reserved by JavaScript.'),
  DOCUMENT_TOO_LARGE: rule(
    'INVALID_ARGUMENT',
    false,
    'Split the pipeline: it is too large, too deep or has too many aliases.',
  ),
  UNKNOWN_KEY: rule('INVALID_ARGUMENT', false, 'Use one of the keys that the reference lists for this place.'),
  MISSING_KEY: rule('INVALID_ARGUMENT', false, 'Add the missing key.'),
  WRONG_TYPE: rule('INVALID_ARGUMENT', false, 'Write a value of the expected type.'),
  BAD_VALUE: rule('INVALID_ARGUMENT', false, 'Write one of the accepted values.'),
  BAD_NAME: rule(
    'INVALID_ARGUMENT',
    false,
    'Names start with a letter or `_` and hold letters, digits, `_` and `-`; at most 64 characters.',
  ),
  BAD_DURATION: rule('INVALID_ARGUMENT', false, 'Write a duration such as 500ms, 30s, 5m, 2h or 1d.'),
  BAD_SCHEMA: rule('INVALID_ARGUMENT', false, 'Write a valid JSON Schema.'),
  BAD_EXPRESSION: rule('INVALID_ARGUMENT', false, 'Correct the expression inside ${{ }}.'),
  UNKNOWN_NAME: rule('INVALID_ARGUMENT', false, 'Use a name that exists here.'),
  UNKNOWN_NODE: rule('INVALID_ARGUMENT', false, 'Use the name of a node of this pipeline.'),
  UNKNOWN_MCP_SERVER: rule('INVALID_ARGUMENT', false, 'Declare the server under `mcp`, or use the name of one there.'),
  UNSAFE_AGENT: rule(
    'INVALID_ARGUMENT',
    false,
    'Take one of the three powers away, or accept the risk with `allow: [reads_web, holds_secrets, writes]` at the agent.',
  ),
  UNKNOWN_AGENT: rule('INVALID_ARGUMENT', false, 'Use the name of an agent declared under `agents`, or declare it.'),
  NODE_KIND: rule('INVALID_ARGUMENT', false, 'Give every node exactly one kind key, such as `agent` or `uses`.'),
  NOT_SUPPORTED_YET: rule('INVALID_ARGUMENT', false, 'This release has no support for it; see CHANGELOG.md.'),
  NO_NODES: rule('INVALID_ARGUMENT', false, 'Add at least one node under `nodes`.'),
  MIXED_FLOW: rule('INVALID_ARGUMENT', false, 'Use either `graph` with edges, or `needs` and the like; never both.'),
  NO_START_NODE: rule('INVALID_ARGUMENT', false, 'Name the node where the graph begins as `entry`.'),
  NO_LEAF_NODE: rule('INVALID_ARGUMENT', false, 'Lead an edge with a condition to a node that has no edges.'),
  CYCLE_WITHOUT_EXIT: rule('INVALID_ARGUMENT', false, 'Give one of the edges on the cycle a condition with `when`.'),
  CYCLE_WITHOUT_LIMIT: rule('INVALID_ARGUMENT', false, 'Add `max_turns`, `max_messages` or `stop_when` to `graph`.'),
  MIXED_CONDITIONS: rule('INVALID_ARGUMENT', false, 'Give all edges of the node a `when`, or none of them.'),
  CONFLICTING_ACTIVATION: rule(
    'INVALID_ARGUMENT',
    false,
    'Write the same at all edges of the group, or use two groups.',
  ),
  DUPLICATE_EDGE: rule('INVALID_ARGUMENT', false, 'Remove one of the two edges.'),
  UNREACHABLE_NODE: rule('INVALID_ARGUMENT', false, 'Add an edge that leads to the node, or add it to `entry`.'),
  JOIN_NEVER_FIRES: rule('INVALID_ARGUMENT', false, 'Give the edge an `activation_group` of its own.'),
  BAD_LIMIT: rule('INVALID_ARGUMENT', false, 'Write a whole number in the range that is named.'),
  BAD_PATTERN: rule('INVALID_ARGUMENT', false, 'Correct the pattern: the syntax is that of RE2, without look-around.'),
  CYCLE: rule('INVALID_ARGUMENT', false, 'Remove one of the `needs` on the cycle.'),
  LOOP_BACK_IN_ALL_GROUP: rule('INVALID_ARGUMENT', false, 'Give the edge an `activation_group` of its own.'),
  ALL_JOIN_BELOW_SPLIT: rule('INVALID_ARGUMENT', false, 'Write `activation_condition: any` at the edges of the join.'),
  NODE_IN_LOOP: rule('INVALID_ARGUMENT', false, 'Outside of a loop, name the loop; inside, wait only for its nodes.'),
  UNTIL_NEVER_CHANGES: rule('INVALID_ARGUMENT', false, 'Let `until` read an output of a node in the loop.'),
  IMPLICIT_DEPENDENCY: rule(
    'INVALID_ARGUMENT',
    false,
    'Add the node to `needs`: an expression reads it, so it runs first anyway.',
  ),
  NOT_IMPORTABLE: rule('INVALID_ARGUMENT', false, 'Change it where it comes from, and import it again.'),
  IMPORT_CHANGED: rule('INVALID_ARGUMENT', false, 'Check that the written pipeline does what you mean.'),
  FILE_NOT_FOUND: rule('NOT_FOUND', false, 'Check the path.'),
  USAGE: rule('INVALID_ARGUMENT', false, 'See `nexum help`.'),
} as const satisfies Record<string, ErrorRule>;

export type ErrorCode = keyof typeof ERRORS;

export class NexumError extends Error {
  override readonly name = 'NexumError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get fix(): string {
    return ERRORS[this.code].fix;
  }
}

/** Builds every error of this package: `code` from the table, a message that names the place, details for machines. */
export function nexumError(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): NexumError {
  return new NexumError(code, message, details, cause);
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** For the default branch of a switch over a union: a new member becomes a compile error here. */
export function assertNever(value: never): never {
  throw nexumError('INTERNAL', `unexpected value ${JSON.stringify(value)}`);
}
