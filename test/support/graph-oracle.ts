/**
 * The rules of free graphs, written a second time: from docs, not from src/core. It is told what commits, in which order,
 * and says what must follow: the edges that fire, what is activated, what each activation hears, and how it all ends.
 */
import { ok } from 'node:assert/strict';
import type { EdgeCondition, EdgeSpec, GraphSpec, Json, StopSpec } from '../../src/core/ir.js';

export interface OracleGraph extends GraphSpec {
  readonly edges: Readonly<Record<string, readonly EdgeSpec[]>>;
}

export interface OpenActivation {
  readonly node: string;
  readonly iteration: number;
  /** It hears what was said after `after` up to `seq`. */
  after: number;
  seq: number;
  /** An attempt has begun. */
  started: boolean;
  leased: boolean;
  waits: boolean;
}

export interface OracleCommit {
  readonly node: string;
  readonly iteration: number;
  readonly seq: number;
  /** JSON text. */
  readonly output: string;
  /** What handlers said, by position of the edge. */
  readonly answers?: Readonly<Record<number, boolean>> | undefined;
}

/** What one commit does. */
interface Outcome {
  readonly fired: readonly number[];
  readonly met: readonly number[];
  readonly opened: readonly string[];
}

type Leaf = Exclude<StopSpec, { any: unknown } | { all: unknown }>;

export class GraphOracle {
  status: 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED' = 'RUNNING';
  pausedBy: 'max_turns' | 'max_messages' | undefined;
  stoppedBy: string | undefined;
  turns = 0;
  messages = 0;
  totalTurns = 0;
  /** Barrier: a wave has committed, and the event that starts the next one is missing. */
  waveIsDue = false;
  next: string[] = [];
  readonly open = new Map<string, OpenActivation>();
  readonly thread: { readonly seq: number; readonly source: string }[] = [];
  readonly cancelled = new Map<string, OpenActivation>();
  readonly outputs: OracleCommit[] = [];
  /** How often a group has activated its target. */
  readonly activatedBy = new Map<string, number>();
  private readonly remaining = new Map<string, number>();
  private readonly iterations = new Map<string, number>();
  private readonly activations = new Map<string, OpenActivation[]>();
  /** Groups that have activated their target and wait for the wave to be armed again. */
  private triggered: string[] = [];
  private readonly metLeaves = new Set<number>();
  private wholeMetBy: string | undefined;
  private lates: (OracleCommit & { readonly fired: readonly number[] })[] = [];
  private readonly leaves: readonly Leaf[];

  constructor(private readonly graph: OracleGraph) {
    this.leaves = graph.stopWhen ? leavesOf(graph.stopWhen) : [];
  }

  /** The task is said. */
  begin(seq: number): string[] {
    this.say(seq, 'user');
    return this.graph.entry.map((node) => this.activate(node, seq));
  }

  /** The user says something while it runs or is paused. */
  message(seq: number): void {
    this.say(seq, 'user');
    for (const activations of this.activations.values()) {
      const newest = activations.at(-1);
      const isWaiting = newest && this.open.has(`${newest.node}#${newest.iteration}`) && !newest.started;
      if (isWaiting) newest.seq = seq;
    }
  }

  lease(key: string): void {
    const one = this.get(key);
    ok(this.status === 'RUNNING' && !one.leased, `${key} may not be leased`);
    one.leased = one.started = true;
  }

  /** The engine runs it: it waits. */
  wait(key: string): void {
    const one = this.get(key);
    one.started = one.waits = true;
  }

  /** The attempt has ended without a result, and another one may come. */
  lose(key: string): void {
    this.get(key).leased = false;
    if (this.status === 'FAILED') this.cancel(key);
  }

  commit(commit: OracleCommit): Outcome {
    const { node, iteration, seq, output } = commit;
    const key = `${node}#${iteration}`;
    const one = this.get(key);
    ok(this.status === 'RUNNING' || one.leased || one.waits, `${key} commits while the execution is ${this.status}`);
    ok(!this.waveIsDue, `${key} commits between two waves`);
    this.open.delete(key);
    this.outputs.push(commit);
    const fired = this.firedEdges(commit);
    this.say(seq, node);
    const met = this.meet(node, output);
    if (this.wholeMetBy === undefined && this.graph.stopWhen && this.holds(this.graph.stopWhen)) this.wholeMetBy = key;
    if (this.graph.scheduling === 'eager') this.countTurn();
    if (this.status !== 'FAILED') return { fired, met, opened: this.settle(commit, fired, seq) };
    this.lates.push({ ...commit, fired });
    return { fired, met, opened: [] };
  }

  /** Barrier: the event that starts the wave. */
  startWave(seq: number): string[] {
    ok(this.waveIsDue, 'no wave is due');
    this.waveIsDue = false;
    for (const group of this.triggered) this.remaining.delete(group);
    this.triggered = [];
    const targets = this.next;
    this.next = [];
    return targets.map((node) => this.activate(node, seq));
  }

  fail(key: string): void {
    if (!this.cancelled.has(key)) this.cancel(key);
    if (this.status === 'FAILED') return;
    this.status = 'FAILED';
    for (const [other, { leased }] of this.open) if (!leased) this.cancel(other);
  }

  /** What failed, or was cancelled with it, is open again. */
  retry(): void {
    this.resume();
    for (const [key, one] of this.cancelled) this.open.set(key, one);
    this.cancelled.clear();
  }

  /** After a retry: a commit that came late is told. */
  tellLate(key: string, seq: number): Outcome {
    const late = this.lates.find(({ node, iteration }) => `${node}#${iteration}` === key);
    ok(late, `${key} did not commit late`);
    this.lates = this.lates.filter((one) => one !== late);
    return { fired: late.fired, met: [], opened: this.settle(late, late.fired, seq) };
  }

  get untold(): readonly string[] {
    return this.lates.map(({ node, iteration }) => `${node}#${iteration}`);
  }

  pause(): void {
    if (this.status === 'RUNNING') this.status = 'PAUSED';
  }

  /** After a limit everything is counted anew. */
  resume(): void {
    if (this.pausedBy !== undefined) {
      this.turns = this.messages = 0;
      this.metLeaves.clear();
      this.wholeMetBy = undefined;
    }
    this.pausedBy = undefined;
    this.status = 'RUNNING';
  }

  cancelAll(): void {
    this.status = 'CANCELLED';
    for (const key of [...this.open.keys()]) this.cancel(key);
  }

  /** Firings that a group of several edges still waits for. */
  counter(target: string, group: string): number {
    return this.remaining.get(`${target}/${group}`) ?? this.sizeOf(target, group);
  }

  get unsatisfied(): { node: string; group: string; remaining: number }[] {
    return this.groups.flatMap(({ node, group }) => {
      const remaining = this.counter(node, group);
      const isPartly = remaining > 0 && remaining < this.sizeOf(node, group);
      return isPartly ? [{ node, group, remaining }] : [];
    });
  }

  /** Groups that wait for all of their edges. */
  get groups(): { node: string; group: string }[] {
    const all = Object.values(this.graph.edges).flat();
    const keys = all.flatMap((edge) => (edge.activation === 'any' ? [] : [`${edge.to}/${edge.group ?? edge.to}`]));
    return [...new Set(keys)].map((key) => ({ node: key.split('/')[0] ?? '', group: key.split('/')[1] ?? '' }));
  }

  /** What an activation reads of a node: what had committed last when it was activated. */
  readBy({ seq }: OpenActivation, node: string): string | undefined {
    const committed = this.outputs.filter((one) => one.node === node && one.seq <= seq);
    return committed.sort((a, b) => b.seq - a.seq)[0]?.output;
  }

  heardBy({ node, seq, after }: OpenActivation): number[] {
    return this.thread.flatMap((one) => (one.source !== node && one.seq > after && one.seq <= seq ? [one.seq] : []));
  }

  private settle({ node }: OracleCommit, fired: readonly number[], seq: number): string[] {
    const targets = fired.flatMap((position) => this.count(this.graph.edges[node]?.[position]));
    if (this.graph.scheduling === 'eager') {
      this.decideStop(targets.length > 0);
      return this.status === 'COMPLETED' ? [] : targets.map((target) => this.activate(target, seq));
    }
    this.next.push(...targets);
    if (this.open.size > 0) return [];
    this.countTurn();
    this.decideStop(this.next.length > 0);
    return [];
  }

  private countTurn(): void {
    this.turns += 1;
    this.totalTurns += 1;
  }

  /** Complete, then the stop condition, then the limits. */
  private decideStop(isActivated: boolean): void {
    const { scheduling, maxTurns = Infinity, maxMessages = Infinity } = this.graph;
    if (this.open.size === 0 && !isActivated) {
      this.status = 'COMPLETED';
      return;
    }
    if (this.wholeMetBy !== undefined) {
      this.stoppedBy = this.wholeMetBy;
      this.status = 'COMPLETED';
      for (const key of [...this.open.keys()]) this.cancel(key);
      return;
    }
    this.waveIsDue = scheduling === 'barrier';
    const reason = this.turns >= maxTurns ? 'max_turns' : this.messages >= maxMessages ? 'max_messages' : undefined;
    if (reason === undefined) return;
    this.pausedBy ??= reason;
    this.status = 'PAUSED';
  }

  /** One edge has fired: its target, if that activates it. */
  private count(edge: EdgeSpec | undefined): string[] {
    ok(edge, 'no such edge');
    const group = `${edge.to}/${edge.group ?? edge.to}`;
    if (edge.activation === 'any') {
      if (this.triggered.includes(group)) return [];
    } else {
      const left = this.counter(edge.to, edge.group ?? edge.to) - 1;
      this.remaining.set(group, left);
      if (left !== 0) return [];
    }
    this.activatedBy.set(group, (this.activatedBy.get(group) ?? 0) + 1);
    if (this.graph.scheduling === 'eager') this.remaining.delete(group);
    else this.triggered.push(group);
    return [edge.to];
  }

  private activate(node: string, seq: number): string {
    const iteration = (this.iterations.get(node) ?? 0) + 1;
    this.iterations.set(node, iteration);
    const before = this.activations.get(node) ?? [];
    // Two that one event activates hear the same.
    const after = Math.max(0, ...before.map((one) => (one.seq === seq ? one.after : one.seq)));
    const one = { node, iteration, seq, after, started: false, leased: false, waits: false };
    this.activations.set(node, [...before, one]);
    this.open.set(`${node}#${iteration}`, one);
    return `${node}#${iteration}`;
  }

  private say(seq: number, source: string): void {
    this.thread.push({ seq, source });
    this.messages += 1;
  }

  private firedEdges({ node, output, answers = {} }: OracleCommit): number[] {
    const edges = this.graph.edges[node] ?? [];
    return edges.flatMap(({ when }, position) => (holdsFor(when, output, answers[position]) ? [position] : []));
  }

  private meet(node: string, output: string): number[] {
    const met = [...this.leaves.keys()].filter((index) => {
      const leaf = this.leaves[index];
      if (!leaf || this.metLeaves.has(index)) return false;
      if ('maxMessages' in leaf) return this.messages >= leaf.maxMessages;
      if ('stopMessage' in leaf) return isStop(JSON.parse(output) as Json);
      return leaf.sources?.includes(node) !== false && textOf(output).includes(leaf.textMention);
    });
    for (const index of met) this.metLeaves.add(index);
    return met;
  }

  private holds(spec: StopSpec): boolean {
    if ('any' in spec) return spec.any.some((one) => this.holds(one));
    if ('all' in spec) return spec.all.every((one) => this.holds(one));
    return this.metLeaves.has(this.leaves.indexOf(spec));
  }

  private cancel(key: string): void {
    const one = this.get(key);
    one.leased = one.waits = false;
    this.cancelled.set(key, one);
    this.open.delete(key);
  }

  private get(key: string): OpenActivation {
    const one = this.open.get(key);
    ok(one, `${key} is not open`);
    return one;
  }

  sizeOf(target: string, group: string): number {
    const all = Object.values(this.graph.edges).flat();
    return all.filter((edge) => edge.to === target && (edge.group ?? edge.to) === group).length;
  }
}

function leavesOf(spec: StopSpec): Leaf[] {
  if ('any' in spec) return spec.any.flatMap(leavesOf);
  if ('all' in spec) return spec.all.flatMap(leavesOf);
  return [spec];
}

function isStop(value: Json): boolean {
  return value !== null && typeof value === 'object' && (value as { type?: Json }).type === 'StopMessage';
}

function textOf(output: string): string {
  const value = JSON.parse(output) as Json;
  if (typeof value === 'string') return value;
  return isStop(value) ? (value as unknown as { content: string }).content : output;
}

/** `if` is `true` or `false` by its own name. */
function holdsFor(when: EdgeCondition | undefined, output: string, answer: boolean | undefined): boolean {
  if (when === undefined) return true;
  if ('contains' in when) return textOf(output).includes(when.contains);
  if ('notContains' in when) return !textOf(output).includes(when.notContains);
  if ('equals' in when) return JSON.stringify(when.equals) === output;
  if ('matches' in when) return new RegExp(when.matches).test(textOf(output));
  if ('if' in when) return when.if === 'true';
  return answer === true;
}
