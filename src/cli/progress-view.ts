/** Shows the progress of one execution on stderr: a table redrawn in place for people, one line per event otherwise. */
import type { Event__Output } from '../rpc/generated/nexum/Event.js';
import { progressText } from './event-text.js';
import type { ExecutionProgress, NodeProgress } from './execution-progress.js';
import type { Output, Style } from './output.js';
import { formatClock, formatDuration, itemsText, nodeLabel, shorten } from './text-format.js';

/** Often enough for a running clock, seldom enough not to flicker. */
const REDRAW_MS = 100;
/** Rows of the terminal that stay free: the shell's line, notes above. */
const FREE_ROWS = 4;

export interface ProgressView {
  event(event: Event__Output): void;
  /** Leaves the last picture standing. Idempotent. */
  stop(): void;
}

export const SILENT: ProgressView = { event: () => undefined, stop: () => undefined };

/** With --json nothing is shown. */
export async function openProgressView(output: Output, progress: ExecutionProgress): Promise<ProgressView> {
  if (output.json) return SILENT;
  if (!output.live) return { event: (event) => plainLine(output, event), stop: () => undefined };
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(output.stderr);
  const paint = (style: Style, text: string): string => output.paint(style, text);
  const draw = (): void => update(output.visible(renderProgress(progress, Date.now(), output.stderr, paint)));
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  let stopped = false;
  return {
    event: draw,
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

const LOOKS: Readonly<Record<NodeProgress['status'], readonly [mark: string, style: Style]>> = {
  PENDING: ['·', 'dim'],
  READY: ['○', 'yellow'],
  RUNNING: ['▶', 'cyan'],
  WAITING: ['◷', 'blue'],
  COMPLETED: ['✔', 'green'],
  FAILED: ['✖', 'red'],
  SKIPPED: ['–', 'dim'],
  CANCELLED: ['✖', 'yellow'],
};

/** What is shown when not everything fits. */
const UNDER_WAY: ReadonlySet<NodeProgress['status']> = new Set(['RUNNING', 'WAITING', 'FAILED']);

/** One row per node; when they do not fit, only those under way and failed ones, and a count of the rest. */
export function renderProgress(
  progress: ExecutionProgress,
  nowMs: number,
  size: { readonly columns?: number; readonly rows?: number },
  paint: (style: Style, text: string) => string,
): string {
  const all = [...progress.nodes.values()];
  const room = Math.max((size.rows || 24) - FREE_ROWS, 3);
  const wanted = all.length <= room ? all : all.filter(({ status }) => UNDER_WAY.has(status));
  const shown = wanted.slice(0, room);
  const width = Math.max(4, ...shown.map((node) => nodeLabel(node.node, node.iteration).length));
  const lines = shown.map((node) => row(node, width, nowMs, size.columns || 80, paint));
  if (shown.length < all.length) {
    const done = all.filter(({ status }) => status === 'COMPLETED').length;
    lines.push(`  ${done} of ${all.length} nodes completed`);
  }
  if (progress.status === 'WAITING') lines.push(paint('yellow', '  waits for its turn'));
  if (progress.status === 'PAUSED') lines.push(paint('yellow', `  ${pauseText(progress)}`));
  return lines.join('\n');
}

function row(
  node: NodeProgress,
  width: number,
  nowMs: number,
  columns: number,
  paint: (style: Style, text: string) => string,
): string {
  const [mark, style] = LOOKS[node.status];
  const label = nodeLabel(node.node, node.iteration).padEnd(width);
  const state = node.status.padEnd(9);
  const rest = [
    node.items ? itemsText(node.items) : '',
    node.status === 'WAITING' && node.waits !== undefined ? node.waits : '',
    node.attempt > 1 ? `attempt ${node.attempt}` : '',
    node.startedAtMs === undefined || node.status === 'READY'
      ? ''
      : formatDuration((node.endedAtMs ?? nowMs) - node.startedAtMs),
    node.status === 'COMPLETED' || node.problem === undefined ? '' : node.problem,
    node.worker ?? '',
  ].filter((part) => part !== '');
  const room = columns - width - 17;
  return `  ${paint(style, mark)} ${label}  ${paint(style, state)}  ${shorten(rest.join('  '), Math.max(room, 10))}`.trimEnd();
}

function pauseText({ pausedBy }: ExecutionProgress): string {
  return `paused${pausedBy === undefined ? '' : ` by ${pausedBy}`}: nexum resume goes on`;
}

function plainLine(output: Output, event: Event__Output): void {
  const text = progressText(event);
  if (text !== undefined) output.note(`${formatClock(event.atMs)} ${text}`);
}
