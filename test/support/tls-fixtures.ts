/** The certificates of test/fixtures/tls, as files and as texts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
}

export function tlsText(name: string): string {
  return readFileSync(tlsFile(name), 'utf8');
}
