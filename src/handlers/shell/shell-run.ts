/** The handler `shell.run`. */
import type { Json } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import type { Handler } from '../../worker/handler.js';
import { HandlerInput, isObject } from '../handler-input.js';
import { requireShell, type Permissions } from '../permissions.js';
import { runShell } from './shell-command.js';

const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_TIMEOUT_SECONDS = 86_400;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * `shell.run`: with `command` (a text for /bin/sh), `env` (a map of values that the command reads as `"$NAME"`), `cwd`,
 * `stdin`, `timeout_seconds` (default 60), `ok_exit` (a list of exit codes that are no failure besides 0).
 * Output: `{ exitCode, stdout, stderr, omittedBytes }`. The command finds the idempotency key of the node in
 * NEXUM_IDEMPOTENCY_KEY, the same in every attempt. The `env` of the node is there, too.
 */
export function shellRun(permissions: Permissions): Handler {
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['command', 'env', 'cwd', 'stdin', 'timeout_seconds', 'ok_exit']);
    requireShell(permissions, 'shell.run');
    const range = { min: 1, max: MAX_TIMEOUT_SECONDS, fallback: DEFAULT_TIMEOUT_SECONDS };
    const okExit = okExits(input);
    const [cwd, stdin] = [input.findString('cwd'), input.findString('stdin')];
    const own = { NEXUM_IDEMPOTENCY_KEY: context.idempotencyKey, NEXUM_ATTEMPT: String(context.attempt) };
    const result = await runShell(
      {
        command: input.string('command'),
        env: { ...context.env, ...valuesOf(input), ...own },
        timeoutMs: input.integer('timeout_seconds', range) * 1000,
        ...(cwd === undefined ? {} : { cwd }),
        ...(stdin === undefined ? {} : { stdin }),
      },
      context.signal,
    );
    if (result.exitCode === 0 || okExit.includes(result.exitCode)) return result;
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-1000);
    throw nexumError('SHELL_FAILED', `the command ended with ${result.exitCode ?? 'a signal'}: ${said}`);
  };
}

function valuesOf(input: HandlerInput): Record<string, string> {
  const map = input.find('env') ?? {};
  if (!isObject(map)) throw input.mismatch('env', 'a map of names to values', map);
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => {
      if (!NAME.test(name)) throw input.problem(`env.${name}`, 'is no name of an environment variable');
      return [name, typeof value === 'string' ? value : JSON.stringify(value)];
    }),
  );
}

function okExits(input: HandlerInput): readonly Json[] {
  const list = input.find('ok_exit') ?? [];
  if (Array.isArray(list)) return list as readonly Json[];
  throw input.mismatch('ok_exit', 'a list of exit codes such as [1]', list);
}
