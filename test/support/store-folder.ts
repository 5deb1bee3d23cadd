/** Temporary folders that vanish with the test that made them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nexum-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database file in a new folder that does not exist yet. */
export function temporaryDatabase(): string {
  return join(temporaryFolder(), 'data', 'nexum.db');
}
