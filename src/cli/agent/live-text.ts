/** What a model says while it says it, for the person at the terminal; its reply, or the answer on stdout, takes its place. */
import type { Output } from '../output.js';

/** Lines of the newest text: enough to read along, few enough to stay on the screen. */
const SHOWN_LINES = 6;
/** Longer text was read already. */
const KEPT_CHARS = 4000;

export interface LiveText {
  /** Absent: nobody looks, so the model need not send its text in pieces. */
  readonly add?: (text: string) => void;
  /** Before anything else is written to the terminal. */
  clear(): void;
}

/** Nothing is shown where nobody looks. */
export async function openLiveText(output: Output, quiet: boolean): Promise<LiveText> {
  if (quiet || !output.live) return { clear: () => undefined };
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(output.stderr);
  let text = '';
  return {
    add: (piece) => {
      text = (text + piece).slice(-KEPT_CHARS);
      update(output.visible(output.paint('dim', newestLines(text))));
    },
    clear: () => {
      if (text !== '') update.clear();
      text = '';
    },
  };
}

export function newestLines(text: string): string {
  return text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
}
