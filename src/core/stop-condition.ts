/** When a free graph stops early. The parts that look at messages are numbered, so that events can name what was met. */
import type { StopSpec } from './ir.js';

/** One output, as the parts of a stop condition see it. */
export interface Said {
  readonly source: string;
  readonly text: string;
  readonly isStopMessage: boolean;
  /** Messages so far, with this one. */
  readonly messages: number;
}

type Part = Exclude<StopSpec, { readonly any: unknown } | { readonly all: unknown }>;

/** Parts that this output meets, and that were not met before. */
export function findMet(spec: StopSpec, said: Said, before: readonly number[]): number[] {
  return partsOf(spec).flatMap((part, index) => (!before.includes(index) && meets(part, said) ? [index] : []));
}

/** Whether the condition holds when these parts are met. */
export function isMet(spec: StopSpec, met: readonly number[]): boolean {
  let index = 0;
  const holds = (one: StopSpec): boolean => {
    // Every part is numbered, whatever those before it say: no short cut.
    if ('any' in one) return one.any.map(holds).includes(true);
    if ('all' in one) return !one.all.map(holds).includes(false);
    return met.includes(index++);
  };
  return holds(spec);
}

function partsOf(spec: StopSpec): Part[] {
  if ('any' in spec) return spec.any.flatMap(partsOf);
  if ('all' in spec) return spec.all.flatMap(partsOf);
  return [spec];
}

function meets(part: Part, { source, text, isStopMessage, messages }: Said): boolean {
  if ('textMention' in part)
    return text.includes(part.textMention) && (part.sources === undefined || part.sources.includes(source));
  if ('stopMessage' in part) return isStopMessage;
  return messages >= part.maxMessages;
}
