/**
 * Finds the document files of a folder. Never leaves it: symbolic links are not followed, neither to files nor to
 * folders (a target inside the folder is found under its own path, one outside is none of our business).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { documentKind, type DocumentKind } from './document.js';
import { compareText } from './terms.js';

export interface FoundFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly kind: DocumentKind;
}

/** The rules of one `.gitignore`; they bind paths relative to the folder that holds it. */
interface Rules {
  readonly base: string;
  readonly matcher: Ignore;
}

/**
 * Lists at most `max` documents (the first by name, folder by folder) in path order, leaving out what `.gitignore` files below the folder name, `node_modules`, and names
 * that start with a dot. `.gitignore` files above the folder do not count: who names a folder wants what is in it.
 */
export async function findDocumentFiles(root: string, max: number, signal?: AbortSignal): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  await walk(root, '', [], found, max, signal);
  return found.sort((a, b) => compareText(a.path, b.path));
}

async function walk(
  root: string,
  folder: string,
  inherited: readonly Rules[],
  found: FoundFile[],
  max: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const hasRules = entries.some((entry) => entry.name === '.gitignore' && entry.isFile());
  const rules = hasRules ? [...inherited, await readRules(root, folder)] : inherited;
  // Sorted, so that a limit always leaves out the same files.
  for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
    // A home folder may hold millions of files; the walk ends with the limit.
    if (found.length >= max) return;
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) {
      if (!isIgnored(`${path}/`, rules)) await walk(root, `${path}/`, rules, found, max, signal);
    } else if (entry.isFile()) {
      const kind = documentKind(path);
      if (kind !== undefined && !isIgnored(path, rules)) found.push({ path, kind });
    }
  }
}

async function readRules(root: string, base: string): Promise<Rules> {
  const content = await readFile(join(root, base, '.gitignore'), 'utf8');
  return { base, matcher: ignore().add(content) };
}

/** The deepest `.gitignore` that says anything about a path decides, as in git. */
function isIgnored(path: string, rules: readonly Rules[]): boolean {
  let ignored = false;
  for (const { base, matcher } of rules) {
    const verdict = matcher.test(path.slice(base.length));
    if (verdict.ignored) ignored = true;
    else if (verdict.unignored) ignored = false;
  }
  return ignored;
}
