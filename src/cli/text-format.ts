/** Times, ids and values as people read them. */

/** 0.84 s, 12.3 s, 4m 07s, 2h 03m; whole milliseconds below 100 ms. */
export function formatDuration(ms: number): string {
  if (ms < 100) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

/** `15:31:07.123`, UTC. */
export function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

/** `2026-11-20 15:31:07Z`. */
export function formatDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `2026-11-20 16:31:07.123`, as the clocks of this machine show it. */
export function formatLocal(ms: number): string {
  const at = new Date(ms);
  const day = [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join('-');
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':');
  return `${day} ${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** `2026-11-20 06:00 GMT+1`, as clocks in the time zone show it; with seconds where there are any. */
export function formatZoned(ms: number, timezone: string): string {
  const seconds = ms % 60_000 === 0 ? {} : ({ second: '2-digit' } as const);
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    ...seconds,
    timeZoneName: 'shortOffset',
  });
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second, timeZoneName } = part;
  const clock = [hour, minute, second].filter((text) => text !== undefined).join(':');
  return `${year}-${month}-${day} ${clock} ${timeZoneName}`;
}

/** ISO 8601 with milliseconds for machines; 0, which is an absent time on the wire, becomes null. */
export function isoTime(ms: number): string | null {
  return ms > 0 ? new Date(ms).toISOString() : null;
}

/** One line of at most `width` characters. */
export function shorten(text: string, width: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length <= width ? flat : `${flat.slice(0, Math.max(0, width - 1))}…`;
}

/** `node`, `node#2` for later iterations, `node[5]` for an item of a map. */
export function nodeLabel(node: string, iteration: number, item?: number): string {
  return `${iteration > 1 ? `${node}#${iteration}` : node}${item === undefined ? '' : `[${item}]`}`;
}

/** `12/100`, and how many of the finished ones failed. */
export function itemsText(items: {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
}): string {
  const { total, completed, failed } = items;
  return `${completed + failed}/${total}${failed > 0 ? `, ${failed} failed` : ''}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
