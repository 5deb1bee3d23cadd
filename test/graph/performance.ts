/**
 * One execution of a scenario: lets its nodes return in the order of the plot, each when everything before it has
 * committed, and stands still where a test wants it to.
 */
import type { NexumClient } from '../../src/rpc/client.js';
import type { Event__Output } from '../../src/rpc/generated/nexum/Event.js';
import type { Call, Conductor, Listener } from './conductor.js';
import { beatsOf, type Beat, type Scenario } from './scenario.js';

/** Something happens all the time, in one performance or another; only one that hangs comes near it. */
const SILENCE_MS = 15_000;
const MIN_WAIT_MS = 100;

/** How far it may go: so many commits; then (`call`) the next one is called, and (`done`) has done what it does. */
export interface Halt {
  readonly commits: number;
  readonly next: 'nothing' | 'called' | 'done';
}

export class Performance implements Listener {
  readonly events: Event__Output[] = [];
  private readonly beats: readonly Beat[];
  private readonly open = new Map<string, Call>();
  private readonly finished = new Set<Call>();
  private readonly asked = new Set<Call>();
  private readonly ended: Promise<void>;
  private readonly abort = new AbortController();
  private halt: Halt = { commits: Infinity, next: 'nothing' };
  private beat = 0;
  private acted = -1;
  private problem: Error | undefined;
  private closed = false;
  private heardMs = Date.now();
  private waiting = new Set<() => void>();

  constructor(
    readonly scenario: Scenario,
    readonly executionId: string,
    private readonly client: NexumClient,
    private readonly conductor: Conductor,
    halt?: Halt,
  ) {
    this.beats = beatsOf(scenario);
    if (halt) this.halt = halt;
    conductor.listen(executionId, this);
    this.ended = this.watch();
  }

  /** In the order of the commits. */
  get commits(): string[] {
    return this.events.filter(({ kind }) => kind === 'node_completed').map(labelOf);
  }

  /** The call that is to return next, if it is under way. */
  get nextCall(): Call | undefined {
    const activation = activationIn(this.beats[this.beat]);
    return activation === undefined ? undefined : this.open.get(activation);
  }

  called(call: Call): void {
    this.open.set(call.activation, call);
    this.advance();
  }

  done(call: Call): void {
    this.finished.add(call);
    this.advance();
  }

  gone(call: Call): void {
    if (this.open.get(call.activation) === call) this.open.delete(call.activation);
  }

  /** Goes on to there. */
  goTo(halt: Halt): void {
    this.halt = halt;
    this.advance();
  }

  goOn(): void {
    this.goTo({ commits: Infinity, next: 'nothing' });
  }

  /** Resolves when it stands where it has to. */
  halted(): Promise<void> {
    return this.until(() => this.isHalted(), 'the halt');
  }

  /** Resolves after the closing event. */
  async end(): Promise<void> {
    await this.until(() => this.closed, 'the end');
    await this.ended;
  }

  close(): void {
    this.abort.abort();
  }

  /** For messages about what is wrong. */
  describe(): string {
    const beat = JSON.stringify(this.beats[this.beat] ?? 'the end');
    const open = [...this.open.keys()].join(' ');
    const last = this.events.slice(-3).map(({ kind, nodeId, dataJson }) => `${kind} ${nodeId} ${dataJson}`);
    return `${this.scenario.name} (${this.executionId}): committed ${this.commits.join(' ')}; next is ${beat}; under way: ${open}; last events: ${last.join(' | ')}`;
  }

  private isHalted(): boolean {
    const { commits, next } = this.halt;
    if (this.commits.length < commits) return false;
    const call = this.nextCall;
    if (next === 'called') return call !== undefined;
    if (next === 'done') return call !== undefined && this.finished.has(call);
    const beat = this.beats[this.beat];
    // Somebody says something to a node that runs; where nothing is dispatched, that comes later.
    return beat === undefined ? this.closed : activationIn(beat) !== undefined || 'say' in beat;
  }

  private async watch(): Promise<void> {
    const { executionId } = this;
    const { signal } = this.abort;
    try {
      for await (const event of this.client.watch(executionId, { signal })) {
        this.events.push(event);
        this.advance();
      }
      this.closed = true;
    } catch (error) {
      this.problem = error instanceof Error ? error : new Error(String(error));
    }
    this.wake();
  }

  private advance(): void {
    this.heardMs = Date.now();
    while (this.passes(this.beats[this.beat])) this.beat += 1;
    const beat = this.beats[this.beat];
    if (activationIn(beat) !== undefined) this.conduct();
    else if (beat && this.acted !== this.beat) this.act(beat);
    this.wake();
  }

  /** Whether this has happened. */
  private passes(beat: Beat | undefined): boolean {
    if (!beat) return false;
    if ('commit' in beat) {
      const index = this.beats.slice(0, this.beat).filter((one) => 'commit' in one).length;
      const committed = this.commits[index];
      if (committed !== undefined && committed !== beat.commit)
        this.problem ??= new Error(`${committed} has committed instead of ${beat.commit}`);
      return committed === beat.commit;
    }
    if ('failure' in beat)
      return this.events.some((event) => event.kind === 'node_failed' && labelOf(event) === beat.failure);
    const happened = eventOf(beat);
    // Steps of one kind, one event each.
    const count = this.beats.slice(0, this.beat + 1).filter((one) => says(one, happened)).length;
    // The task is a message, too.
    const before = happened === 'message_added' ? 1 : 0;
    return this.events.filter(({ kind }) => kind === happened).length >= before + count;
  }

  private conduct(): void {
    const call = this.nextCall;
    if (!call) return;
    const { commits, next } = this.halt;
    if (this.commits.length < commits) {
      this.conductor.order([call], 'return');
      return;
    }
    if (next !== 'done' || this.asked.has(call)) return;
    this.asked.add(call);
    this.conductor.order([call], 'finish');
  }

  /** What a person does. */
  private act(beat: Beat): void {
    if (!('say' in beat) && !('resume' in beat)) return;
    if ('say' in beat && !this.isUnderWay(this.beats[this.beat + 1])) return;
    this.acted = this.beat;
    const request = { executionId: this.executionId, message: 'say' in beat ? beat.say : beat.resume };
    this.client.call('ResumeExecution', request, { waitForReady: true }).catch((error: unknown) => {
      this.problem ??= error instanceof Error ? error : new Error(String(error));
      this.wake();
    });
  }

  private isUnderWay(beat: Beat | undefined): boolean {
    const activation = activationIn(beat);
    return activation !== undefined && this.open.has(activation);
  }

  private async until(holds: () => boolean, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = (): void => {
        if (this.problem) end(new Error(`${this.problem.message}\n${this.describe()}`));
        else if (holds()) end();
        else if (this.closed && what !== 'the end') end(new Error(`it ended before ${what}\n${this.describe()}`));
      };
      const late = (): void => end(new Error(`${what} does not come\n${this.describe()}`));
      timer = setTimeout(late, Math.max(this.heardMs + SILENCE_MS - Date.now(), MIN_WAIT_MS));
      this.waiting.add(look);
      look();
    });
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }
}

export function labelOf({ nodeId, iteration }: Event__Output): string {
  return `${nodeId}#${iteration}`;
}

function activationIn(beat: Beat | undefined): string | undefined {
  if (!beat) return undefined;
  if ('commit' in beat) return beat.commit;
  return 'failure' in beat ? beat.failure : undefined;
}

type Act = Extract<Beat, { readonly paused: unknown } | { readonly resume: unknown } | { readonly say: unknown }>;

function eventOf(beat: Act): string {
  if ('paused' in beat) return 'execution_paused';
  return 'resume' in beat ? 'execution_resumed' : 'message_added';
}

/** Whether there is an event of this kind for that step. */
function says(beat: Beat, kind: string): boolean {
  if ('commit' in beat || 'failure' in beat) return false;
  return eventOf(beat) === kind || (kind === 'message_added' && 'resume' in beat && beat.resume !== '');
}
