/** What one run of code has used, printed and asked for so far. */
import type { GuestMessage, HostMessage } from './messages.js';
import type { RunEnd } from './run-end.js';

type Answer = Extract<HostMessage, { type: 'answer' }>;
type Call = Omit<Extract<GuestMessage, { type: 'call' }>, 'type'>;

export class RunAccount {
  readonly #outputChars: number;
  readonly #parallelCalls: number;
  readonly #firstId: number;
  readonly #queue: Call[] = [];
  readonly #arrived = new Map<number, Answer>();
  #made = 0;
  #sent = 0;
  #delivered = 0;
  #output = '';
  #printed = 0;
  #usedUs = 0;
  #enteredUs: number | undefined;
  /** The first end that the code came to. */
  end: RunEnd | undefined;

  /** @param firstId of its calls: ids are never used twice in one sandbox */
  constructor(limits: { readonly outputChars: number; readonly parallelCalls: number }, firstId: number) {
    this.#outputChars = limits.outputChars;
    this.#parallelCalls = limits.parallelCalls;
    this.#firstId = firstId;
  }

  /** From here to `leave` the processor works for this run. */
  enter(): void {
    this.#enteredUs = processUs();
  }

  leave(): void {
    this.#usedUs = this.#cpuUs;
    this.#enteredUs = undefined;
  }

  /** Milliseconds of processor time of the whole process: its other threads do nothing meanwhile but compile the engine. */
  get cpuMs(): number {
    return this.#cpuUs / 1000;
  }

  get #cpuUs(): number {
    return this.#usedUs + (this.#enteredUs === undefined ? 0 : processUs() - this.#enteredUs);
  }

  get calls(): number {
    return this.#made;
  }

  get nextId(): number {
    return this.#firstId + this.#made;
  }

  get isWaiting(): boolean {
    return this.#delivered < this.#made;
  }

  call(name: string, args: string): number {
    const id = this.nextId;
    this.#made += 1;
    this.#queue.push({ id, name, args });
    return id;
  }

  /** The calls whose turn it is, oldest first: what was sent and not yet delivered is bounded, and with it their answers. */
  takeCalls(): readonly Call[] {
    const taken = this.#queue.splice(0, this.#parallelCalls - (this.#sent - this.#delivered));
    this.#sent += taken.length;
    return taken;
  }

  arrive(answer: Answer): void {
    this.#arrived.set(answer.id, answer);
  }

  /** K4: the answer of the oldest call that has not been delivered, if it is there. */
  takeAnswer(): Answer | undefined {
    const id = this.#firstId + this.#delivered;
    const answer = this.#arrived.get(id);
    if (!answer) return undefined;
    this.#arrived.delete(id);
    this.#delivered += 1;
    return answer;
  }

  /** False: whatever is printed now would be cut anyway, so it need not be copied. */
  get hasRoom(): boolean {
    return this.#printed <= this.#outputChars;
  }

  print(text: string): void {
    const room = this.#outputChars - this.#printed;
    this.#printed += text.length + 1;
    this.#output +=
      text.length <= room
        ? `${text}\n`
        : `${text.slice(0, room)}\n(output cut: more than ${this.#outputChars} characters)\n`;
  }

  takeOutput(): string {
    const output = this.#output;
    this.#output = '';
    return output;
  }
}

function processUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
