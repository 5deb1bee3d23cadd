/** A pipeline that does not compile: its issues are shown one by one, and the exit code is its own. */
import type { Issue } from '../pipeline/issue.js';

export class InvalidPipeline extends Error {
  override readonly name = 'InvalidPipeline';

  constructor(readonly issues: readonly Issue[]) {
    super(`${issues.filter((issue) => issue.severity === 'error').length} errors`);
  }
}
