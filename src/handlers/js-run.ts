/** The handler `js.run`: JavaScript of the pipeline's author, in a sandbox of its own. */
import type { Handler } from '../worker/handler.js';
import { OneOffRuns } from '../sandbox/one-off.js';
import { HandlerInput } from './handler-input.js';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const MAX_TIMEOUT_MS = 600_000;

/**
 * `js.run`: returns what `with.code` gives: its last expression, or what it returns. `with.input` is the global `input`.
 * What it prints goes to the log. `timeout` (`500ms`, `10s`, `2m`) replaces the limits of time of a sandbox.
 */
export function jsRun(): Handler {
  const runs = new OneOffRuns();
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['code', 'input', 'timeout']);
    const code = input.string('code');
    const timeoutMs = readTimeout(input);
    const { value, output } = await runs.run(
      code,
      {
        globals: { input: input.find('input') ?? null },
        seed: context.idempotencyKey,
        ...(timeoutMs === undefined ? {} : { limits: { cpuMs: timeoutMs, wallMs: timeoutMs } }),
      },
      context.signal,
    );
    if (output !== '') context.log.info('js.run printed', { output });
    return value;
  };
}

function readTimeout(input: HandlerInput): number | undefined {
  const text = input.findString('timeout');
  if (text === undefined) return undefined;
  const [, amount, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const timeoutMs = Number(amount) * (UNIT_MS[unit] ?? NaN);
  if (timeoutMs >= 100 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  throw input.mismatch('timeout', 'a duration from 100ms to 10m', text);
}
