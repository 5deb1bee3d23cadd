/** How long a provider wants to be left alone. */

/** Longest wait that is believed: a typing error of a server must not park a node for a year. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60_000;

/**
 * Returns whole milliseconds: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date (RFC 9110, section
 * 10.2.3), else what Google writes into the body of its errors (google.rpc.RetryInfo). undefined: nothing usable is said.
 */
export function retryAfterMs(headers: Headers, body: string, nowMs: number): number | undefined {
  const wanted =
    decimal(headers.get('retry-after-ms')) ??
    times1000(decimal(headers.get('retry-after'))) ??
    untilDate(headers.get('retry-after'), nowMs) ??
    times1000(decimal(/"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1]));
  return wanted === undefined ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.ceil(wanted));
}

/** Not `Number`: it also reads hexadecimal, exponents and `Infinity`. */
function decimal(text: string | null | undefined): number | undefined {
  const value = text?.trim() ?? '';
  return /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function times1000(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function untilDate(text: string | null, nowMs: number): number | undefined {
  // Every form of an HTTP date has a colon; without one Date.parse guesses a date from nearly anything.
  const date = text?.includes(':') === true ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
