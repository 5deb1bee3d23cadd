/** Randomness for fences, ids and jitter. Drawn from the system in blocks: one call per id would cost more than the id. */
import { randomFillSync } from 'node:crypto';
import { formatExecutionId } from '../core/ids.js';

const BLOCK_BYTES = 8192;
const NONCE_BYTES = 16;
const UUID_BYTES = 10;

export class Entropy {
  private readonly block = Buffer.alloc(BLOCK_BYTES);
  private used = BLOCK_BYTES;

  /** 128 bits, base64url: the fence of one attempt. */
  nonce(): string {
    return this.take(NONCE_BYTES).toString('base64url');
  }

  executionId(nowMs: number): string {
    return formatExecutionId(nowMs, this.take(UUID_BYTES));
  }

  /** Uniform in 0..1; for jitter only. */
  uniform(): number {
    return Math.random();
  }

  private take(count: number): Buffer {
    if (this.used + count > BLOCK_BYTES) {
      randomFillSync(this.block);
      this.used = 0;
    }
    this.used += count;
    return this.block.subarray(this.used - count, this.used);
  }
}
