/**
 * The times of cron expressions. A time that the clock skips in spring is made up for right after the gap, when hour,
 * minute and second are single numbers, and left out otherwise. A time that comes twice in autumn counts once in the
 * first case, twice in the second.
 */
import { Cron } from 'croner';

/** Calendars repeat themselves: what does not come after this time never comes. */
const LONG_AGO_MS = Date.UTC(2000, 0, 1);
const FIELDS = /^\S+(\s+\S+){4,5}$/;

/**
 * Finds the first time after `afterMs` (epoch milliseconds), or undefined when there is none.
 * @throws Error for what `checkSchedule` finds fault with
 */
export function nextTime(cron: string, timezone: string, afterMs: number): number | undefined {
  const times = new Cron(cron, { timezone, mode: '5-or-6-parts' });
  return times.nextRun(new Date(afterMs))?.getTime();
}

/** Says what is wrong with a cron expression or its time zone; undefined: nothing. */
export function checkSchedule(cron: string, timezone: string): string | undefined {
  if (!isTimezone(timezone)) {
    return `${JSON.stringify(timezone)} is no time zone: write a name such as Europe/Berlin, or UTC`;
  }
  const shown = JSON.stringify(cron);
  if (!FIELDS.test(cron.trim())) {
    return `${shown} is no cron expression: write five fields, such as "0 6 * * MON-FRI", or six with seconds first`;
  }
  try {
    const never = nextTime(cron, timezone, LONG_AGO_MS) === undefined;
    return never ? `${shown} names a time that never comes` : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${shown} is no cron expression: ${reason.replace(/^CronPattern: /, '')}`;
  }
}

/** Names only: offsets such as `+02:00` have no summer time, and not every Node knows them. */
function isTimezone(timezone: string): boolean {
  if (!/^[A-Za-z]/.test(timezone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).format() !== '';
  } catch {
    return false;
  }
}
