/**
 * One column of the crash matrix: every activation of every scenario is brought to the same phase, in an execution of its
 * own; then the processes are killed, fresh ones take over, and each execution goes on to its end.
 */
import { deepStrictEqual, ok } from 'node:assert/strict';
import type { Failpoint } from '../../src/failpoint.js';
import { FRAME_ITEMS } from '../../src/rpc/protocol.js';
import type { NexumProcess } from '../support/processes.js';
import { openedAfter, outcomeOf, type Outcome } from './outcome.js';
import type { Halt, Performance } from './performance.js';
import { workedCommits, type Scenario } from './scenario.js';
import { Stage, type LogLine } from './stage.js';

/** Where an activation stands when the processes die. `done`: its handler has returned, and nothing is committed. */
export const PHASES = ['before dispatch', 'running', 'done', 'committed'] as const;
export type Phase = (typeof PHASES)[number];
/** `workers`: three of them, one after the other. `server`: the workers live, except before the dispatch. */
export const VICTIMS = ['worker', 'workers', 'server'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Cell {
  readonly scenario: Scenario;
  /** Place among the commits. */
  readonly index: number;
  readonly activation: string;
}

/** What came of a scenario that nothing interrupted. */
export interface Reference {
  readonly outcome: Outcome;
  /** Activation -> commits before it was opened. */
  readonly openedAfter: ReadonlyMap<string, number>;
}

const WINDOWS: Readonly<Partial<Record<Phase, Failpoint>>> = {
  done: 'engine.before-commit',
  committed: 'engine.after-commit',
};
/** Nobody but time takes a lease from a worker that died together with its server. */
const LEASE_MS = { alone: 10_000, together: 3000 } as const;

export function cellsOf(scenario: Scenario): Cell[] {
  return workedCommits(scenario).map((commit) => ({ scenario, ...commit }));
}

/** Runs each scenario without any crash. */
export async function runWhole(scenarios: readonly Scenario[]): Promise<ReadonlyMap<Scenario, Reference>> {
  const stage = await Stage.open({ store: 'SQLite', workers: 1, leaseMs: LEASE_MS.alone });
  try {
    await stage.register(scenarios);
    const performances = await stage.perform(scenarios, (scenario) => ({ scenario }));
    await Promise.all(performances.map((performance) => performance.end()));
    const log = stage.log();
    const references = performances.map(async (performance): Promise<[Scenario, Reference]> => {
      const outcome = await outcomeOf(stage, performance, linesOf(log, performance));
      return [performance.scenario, { outcome, openedAfter: openedAfter(performance) }];
    });
    return new Map(await Promise.all(references));
  } finally {
    await stage.close();
  }
}

export type Problems = ReadonlyMap<Cell, unknown>;

export class CrashRun {
  private readonly performances = new Map<Cell, Performance>();
  private readonly killed = new Set<number>();

  private constructor(
    private readonly stage: Stage,
    private readonly cells: readonly Cell[],
    private readonly phase: Phase,
    private readonly victim: Victim,
    private readonly references: ReadonlyMap<Scenario, Reference>,
  ) {}

  /** @returns what is wrong, by cell; nothing of a cell is in order */
  static async perform(
    cells: readonly Cell[],
    phase: Phase,
    victim: Victim,
    references: ReadonlyMap<Scenario, Reference>,
  ): Promise<Problems> {
    const failpoint = victim === 'server' ? WINDOWS[phase] : undefined;
    const stage = await Stage.open({
      store: 'SQLite',
      workers: victim === 'workers' ? 3 : 1,
      leaseMs: phase === 'before dispatch' && victim === 'server' ? LEASE_MS.together : LEASE_MS.alone,
      ...(failpoint ? { failpoint } : {}),
    });
    try {
      return await new CrashRun(stage, cells, phase, victim, references).perform();
    } catch (error) {
      throw new Error(`${String(error)}\n${stage.describe()}`, { cause: error });
    } finally {
      await stage.close();
    }
  }

  private async perform(): Promise<Problems> {
    await this.stage.register([...new Set(this.cells.map(({ scenario }) => scenario))]);
    if (this.phase === 'before dispatch') await this.crashUndispatched();
    else if (this.victim === 'server') await this.crashServer();
    else await this.crashWorkers();
    return this.judgeAll();
  }

  private async start(cells: readonly Cell[], haltOf: (cell: Cell) => Halt): Promise<void> {
    const started = await this.stage.perform(cells, (cell) => ({ scenario: cell.scenario, halt: haltOf(cell) }));
    for (const [index, cell] of cells.entries()) {
      const performance = started[index];
      if (performance) this.performances.set(cell, performance);
    }
  }

  /** READY, and nobody has it: what opened it was committed when the workers took nothing any more. */
  private async crashUndispatched(): Promise<void> {
    const opened = new Map(this.cells.map((cell) => [cell, this.openedAfter(cell)]));
    const first = this.cells.filter((cell) => opened.get(cell) === 0);
    const later = this.cells.filter((cell) => opened.get(cell) !== 0);
    await this.start(later, (cell) => ({ commits: lastWorked(cell.scenario, opened.get(cell) ?? 0), next: 'called' }));
    await this.halted();
    await this.stage.drain();
    await this.start(first, () => ({ commits: 0, next: 'nothing' }));
    for (const cell of later) this.performances.get(cell)?.goTo({ commits: opened.get(cell) ?? 0, next: 'nothing' });
    await this.halted();
    const log = this.stage.log();
    for (const [cell, performance] of this.performances)
      deepStrictEqual(callsOf(linesOf(log, performance), cell.activation), [], `${cell.activation} is not dispatched`);
    await this.killWorkers(this.stage.workers);
    if (this.victim === 'server') {
      await this.stage.killServers();
      await this.stage.startServers();
    }
    await this.stage.startWorkers();
  }

  private async crashWorkers(): Promise<void> {
    const { phase, stage } = this;
    await this.start(this.cells, ({ index }) =>
      phase === 'committed' ? { commits: index + 1, next: 'nothing' } : haltAt(index, phase === 'done'),
    );
    await this.halted();
    const log = stage.log();
    for (const worker of [...stage.workers]) {
      const interrupted = [...this.performances].filter(([cell, performance]) =>
        callsOf(linesOf(log, performance), cell.activation).some(({ pid }) => pid === worker.pid),
      );
      await Promise.all([this.killWorkers([worker]), stage.startWorkers(1)]);
      for (const [, performance] of interrupted) performance.goOn();
      await Promise.allSettled(interrupted.map(([, performance]) => performance.end()));
    }
  }

  private async crashServer(): Promise<void> {
    const { phase, stage } = this;
    await this.start(this.cells, ({ index }) => haltAt(index, phase === 'done'));
    await this.halted();
    if (phase === 'running') {
      await stage.killServers();
      await stage.startServers();
      return;
    }
    // All results of a frame are decided in one batch; every frame finds a server of its own that dies with it.
    const performances = [...this.performances];
    for (let from = 0; from < performances.length; from += FRAME_ITEMS)
      await this.crashBatch(performances.slice(from, from + FRAME_ITEMS), from + FRAME_ITEMS < performances.length);
  }

  /** The results arrive, and the server dies before the COMMIT, or when nobody has heard of it. */
  private async crashBatch(batch: readonly (readonly [Cell, Performance])[], again: boolean): Promise<void> {
    const { phase, stage } = this;
    stage.strike(true);
    const calls = batch.flatMap(([, { nextCall }]) => (nextCall ? [nextCall] : []));
    stage.conductor.order(calls, 'return');
    await Promise.all(stage.servers.map((server) => server.waitForExit()));
    const committed = await stage.committed();
    for (const [{ scenario, activation }, { executionId }] of batch) {
      const isThere = committed.has(`${executionId} ${activation}`);
      ok(isThere === (phase === 'committed'), `${scenario.name}: ${activation} is ${isThere ? '' : 'not '}committed`);
    }
    stage.strike(false);
    await stage.startServers(again ? WINDOWS[phase] : undefined);
    for (const [, performance] of batch) performance.goOn();
    await Promise.allSettled(batch.map(([, performance]) => performance.end()));
  }

  private async judgeAll(): Promise<Problems> {
    const problems = new Map<Cell, unknown>();
    for (const performance of this.performances.values()) performance.goOn();
    await Promise.allSettled([...this.performances.values()].map((performance) => performance.end()));
    const log = this.stage.log();
    const judged = [...this.performances].map(async ([cell, performance]) => {
      try {
        await performance.end();
        const lines = linesOf(log, performance);
        deepStrictEqual(await outcomeOf(this.stage, performance, lines), this.references.get(cell.scenario)?.outcome);
        this.assertCalls(cell, performance, lines);
      } catch (error) {
        problems.set(cell, error);
      }
    });
    await Promise.all(judged);
    return problems;
  }

  /** Only what a dead process was running is called again, once; and this cell is where it says it is. */
  private assertCalls(cell: Cell, { events }: Performance, lines: readonly LogLine[]): void {
    const attempts = new Map(
      events
        .filter(({ kind }) => kind === 'node_completed')
        .map(({ nodeId, iteration, attempt }) => [`${nodeId}#${iteration}`, attempt]),
    );
    for (const activation of new Set(lines.map(({ node, iteration }) => `${node}#${iteration}`))) {
      const again = callsOf(lines, activation).filter(
        ({ pid, attempt }) => !this.killed.has(pid) || attempt === attempts.get(activation),
      );
      ok(again.length <= 1, `${activation} is called again, though nobody had died with it: ${JSON.stringify(again)}`);
      const allowed = this.victim === 'workers' ? 1 + this.killed.size : 2;
      ok(callsOf(lines, activation).length <= allowed, `${activation} is called more than once more`);
    }
    const isInterrupted = this.victim !== 'server' && (this.phase === 'running' || this.phase === 'done');
    const calls = callsOf(lines, cell.activation);
    deepStrictEqual(calls.length, isInterrupted ? 2 : 1, `calls of ${cell.activation}`);
  }

  private openedAfter({ scenario, activation }: Cell): number {
    return this.references.get(scenario)?.openedAfter.get(activation) ?? 0;
  }

  private async halted(): Promise<void> {
    await Promise.all([...this.performances.values()].map((performance) => performance.halted()));
  }

  private async killWorkers(victims: readonly NexumProcess[]): Promise<void> {
    for (const { pid } of victims) this.killed.add(pid);
    await this.stage.killWorkers(victims);
  }
}

function haltAt(index: number, done: boolean): Halt {
  return { commits: index, next: done ? 'done' : 'called' };
}

/** The last commit of a worker among the first so many. */
function lastWorked(scenario: Scenario, commits: number): number {
  return workedCommits(scenario).findLast(({ index }) => index < commits)?.index ?? 0;
}

function linesOf(log: readonly LogLine[], { executionId }: Performance): LogLine[] {
  return log.filter((line) => line.executionId === executionId);
}

function callsOf(lines: readonly LogLine[], activation: string): LogLine[] {
  return lines.filter(({ what, node, iteration }) => what === 'called' && `${node}#${iteration}` === activation);
}
