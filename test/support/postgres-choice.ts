/** Which PostgreSQL the tests take, and whether they may do without; the environment decides. */
import { findBinaries, type PostgresBinaries, type PostgresKind } from './postgres-binaries.js';

/** What can be started here, best first. */
export function candidates(): PostgresBinaries[] {
  return kinds().flatMap((kind) => findBinaries(kind) ?? []);
}

export function isRequired(): boolean {
  return process.env['CI'] === 'true' || process.env['NEXUM_TEST_POSTGRES'] !== undefined;
}

function kinds(): PostgresKind[] {
  const wanted = process.env['NEXUM_TEST_POSTGRES'];
  switch (wanted) {
    case 'system':
      return ['installed'];
    case 'embedded':
      return ['embedded'];
    case undefined:
    case 'any':
      return ['installed', 'embedded'];
    default:
      throw new Error(`NEXUM_TEST_POSTGRES must be system, embedded or any, not ${wanted}`);
  }
}
