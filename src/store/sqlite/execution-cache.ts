/**
 * Executions in memory. SQLite has one server per file, so what was loaded once stays true: a running execution is read
 * from the file once, not once per command. States of a failed transaction are dropped and read again (S1).
 */
import {
  activationKey,
  isClosed,
  type ActivationRecord,
  type ExecutionRecord,
  type JoinRecord,
} from '../../core/execution.js';
import type { Changes } from '../../core/transition.js';
import { nexumError } from '../../errors.js';
import type { StoredExecution } from '../store.js';
import { storeError } from './connection.js';
import { readActivation, readExecution, readJoin } from './rows.js';
import type { Statements } from './statements.js';

/** Running executions kept in memory; more are read again when their turn comes. About 2 KB each without payloads. */
const MAX_EXECUTIONS = 20_000;
/** Payloads of one execution kept in memory, in characters; larger ones are read when a task or condition needs them. */
const MAX_PAYLOAD_CHARS = 16 * 1024;

export class CachedExecution implements StoredExecution {
  execution: ExecutionRecord | undefined;
  /** Characters of the payloads held here. */
  payloadChars = 0;
  /** The record as the table has it. */
  private stored: ExecutionRecord | undefined;
  private id: number | undefined;
  private readonly activationsByKey = new Map<string, ActivationRecord>();
  private readonly joins = new Map<string, JoinRecord>();
  /** Payloads by sequence number of their event. */
  private readonly payloads = new Map<number, string>();
  /** Payloads over the limit whose events the running transaction has not written yet: nowhere else to read them. */
  private readonly unwritten = new Map<number, string>();

  constructor(
    private readonly statements: Statements,
    readonly executionId: string,
  ) {}

  activation(node: string, iteration: number): ActivationRecord | undefined {
    return this.activationsByKey.get(activationKey(node, iteration));
  }

  activations(): Iterable<ActivationRecord> {
    return this.activationsByKey.values();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  output(activation: ActivationRecord): string {
    return this.payload(activation.outputSeq ?? 0);
  }

  input(): string {
    return this.payload(1);
  }

  apply(changes: Changes): void {
    if (changes.execution) this.execution = changes.execution;
    for (const record of changes.activations) this.putActivation(record);
    for (const record of changes.joins) this.putJoin(record);
    for (const event of changes.events) {
      if (event.kind === 'execution_started' || event.kind === 'node_completed') {
        if (!this.putPayload(event.seq, event.payload)) this.unwritten.set(event.seq, event.payload);
      }
    }
  }

  /** After the commit: large payloads are in the file now. */
  forgetWritten(): void {
    this.unwritten.clear();
  }

  read(): void {
    const row = this.statements.findExecution(this.executionId);
    if (!row) return;
    this.id = row.id;
    this.execution = readExecution(row);
    this.stored = this.execution;
    const { executionId, statements } = this;
    for (const activation of statements.listActivations(row.id))
      this.putActivation(readActivation(executionId, activation));
    for (const join of statements.listJoins(row.id)) this.putJoin(readJoin(executionId, join));
  }

  /** Writes the execution's row if it is new or would differ. */
  writeRow(record: ExecutionRecord): void {
    const { stored } = this;
    if (this.id === undefined) this.id = this.statements.insertExecution(record);
    else if (stored?.status !== record.status || stored.open !== record.open)
      this.statements.updateExecution(this.id, record);
    this.stored = record;
  }

  /** The id under which the tables know this execution. */
  get rowId(): number {
    if (this.id === undefined) throw nexumError('INTERNAL', `${this.executionId} has no row yet`);
    return this.id;
  }

  private putActivation(record: ActivationRecord): void {
    this.activationsByKey.set(activationKey(record.node, record.iteration), record);
  }

  private putJoin(record: JoinRecord): void {
    this.joins.set(`${record.target}\n${record.group}`, record);
  }

  private payload(seq: number): string {
    const cached = this.payloads.get(seq) ?? this.unwritten.get(seq);
    if (cached !== undefined) return cached;
    const payload = this.readPayload(seq);
    this.putPayload(seq, payload);
    return payload;
  }

  private readPayload(seq: number): string {
    let payload: string | undefined;
    try {
      payload = this.statements.findPayload(this.rowId, seq);
    } catch (error) {
      throw storeError(error) ?? error;
    }
    if (payload === undefined) {
      throw nexumError('STORE_BROKEN', `the payload of event ${seq} of ${this.executionId} is not in the database`);
    }
    return payload;
  }

  /** False when there is no room for it. */
  private putPayload(seq: number, payload: string): boolean {
    if (this.payloadChars + payload.length > MAX_PAYLOAD_CHARS) return false;
    this.payloads.set(seq, payload);
    this.payloadChars += payload.length;
    return true;
  }
}

export class ExecutionCache {
  /** In order of last use: a Map iterates in insertion order, and a hit is inserted again. */
  private readonly entries = new Map<string, CachedExecution>();

  constructor(
    private readonly statements: Statements,
    private readonly maxExecutions = MAX_EXECUTIONS,
  ) {}

  get(executionId: string): CachedExecution {
    const hit = this.entries.get(executionId);
    if (hit) {
      this.entries.delete(executionId);
      this.entries.set(executionId, hit);
      return hit;
    }
    const entry = this.create(executionId);
    entry.read();
    return entry;
  }

  create(executionId: string): CachedExecution {
    const entry = new CachedExecution(this.statements, executionId);
    this.entries.set(executionId, entry);
    return entry;
  }

  drop(executionId: string): void {
    this.entries.delete(executionId);
  }

  /** After a commit: closed and unknown executions leave, then the least recently used ones over the limit. */
  settle(used: Iterable<CachedExecution>): void {
    for (const entry of used) {
      entry.forgetWritten();
      if (!entry.execution || isClosed(entry.execution.status)) this.entries.delete(entry.executionId);
    }
    for (const executionId of this.entries.keys()) {
      if (this.entries.size <= this.maxExecutions) return;
      this.entries.delete(executionId);
    }
  }
}
