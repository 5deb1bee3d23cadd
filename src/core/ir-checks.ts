/** Checks of single values in a document from anybody. Each reports everything that is wrong in its value. */

/** @param path of the value from its owner, e.g. `retry.maxAttempts`; empty for the owner itself */
export type Report = (path: string, problem: string) => void;
export type Check = (value: unknown, path: string, report: Report) => void;

/** Half of a UTF-16 pair: no UTF-8 text, task id or database can hold it, it would come back as another name. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const MAX_SHOWN = 80;

export const anything: Check = () => undefined;
export const isText = that((value) => typeof value === 'string', 'is not a text');
export const isExpression = that((value) => typeof value === 'string', 'is not an expression');
export const isBoolean = that((value) => typeof value === 'boolean', 'must be true or false');
export const isObject = that(isRecord, 'is not an object');
/** A text that may be a key: in the store, in a message, at a worker. */
export const isName = that(
  (value) => typeof value === 'string' && value !== '' && !hasLoneSurrogate(value),
  'is not a name',
);
/** Milliseconds; of nothing, a deadline would have passed before it began. */
export const isDuration = numberFrom(1, 'is not a positive number');

export function that(holds: (value: unknown) => boolean, otherwise: string): Check {
  return (value, path, report) => {
    if (!holds(value)) report(path, otherwise);
  };
}

export function numberFrom(minimum: number, otherwise = `must be a number from ${minimum} on`): Check {
  return that((value) => isNumber(value, minimum), otherwise);
}

export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Check {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum} on` : `from ${minimum} to ${maximum}`;
  return that(
    (value) => isNumber(value, minimum) && Number.isInteger(value) && value <= maximum,
    `must be a whole number ${range}`,
  );
}

export function oneOf(words: readonly string[]): Check {
  return that((value) => words.some((word) => word === value), `must be one of ${words.join(', ')}`);
}

export function listOf(each: Check, otherwise = 'is not a list'): Check {
  return (value, path, report) => {
    if (!Array.isArray(value)) report(path, otherwise);
    else for (const [index, item] of value.entries()) each(item, `${path}[${index}]`, report);
  };
}

export function mapOf(each: Check): Check {
  return (value, path, report) => {
    if (!isRecord(value)) report(path, 'is not an object');
    else for (const [key, member] of Object.entries(value)) each(member, `${path}.${shown(key)}`, report);
  };
}

/** Other keys than these are anybody's. */
export function objectOf(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>>): Check {
  return (value, path, report) => {
    if (!isRecord(value)) {
      report(path, 'is not an object');
      return;
    }
    const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
    for (const [key, check] of Object.entries(required)) check(value[key], at(key), report);
    for (const [key, check] of Object.entries(optional)) {
      if (value[key] !== undefined) check(value[key], at(key), report);
    }
  };
}

/** An object that has one of these keys, and only one. */
export function exactlyOne(kinds: Readonly<Record<string, Check>>): Check {
  return (value, path, report) => {
    if (!isRecord(value)) {
      report(path, 'is not an object');
      return;
    }
    const given = Object.entries(kinds).filter(([key]) => value[key] !== undefined);
    for (const [key, check] of given) check(value[key], `${path}.${key}`, report);
    if (given.length !== 1) report(path, `must have exactly one of ${Object.keys(kinds).join(', ')}`);
  };
}

/** A name from the document, never longer than a line. */
export function shown(name: string): string {
  return name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}...` : name;
}

export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

export function isNumber(value: unknown, minimum: number): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= minimum;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
