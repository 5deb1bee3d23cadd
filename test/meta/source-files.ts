/** The source files of this repository and what each of them imports, read with the compiler's own scanner. */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface SourceFile {
  /** Relative to src/, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Lines of text; a newline at the end opens no further line. */
  readonly lines: number;
  /** Files of src/ that it imports, types included. */
  readonly files: readonly string[];
  /** Those of `files` that are loaded with the file itself; the others only when an `import()` runs. */
  readonly loaded: readonly string[];
  /** Third-party packages, by the name that package.json knows. */
  readonly packages: readonly string[];
  /** Modules of Node, with their `node:` prefix. */
  readonly nodeModules: readonly string[];
}

/** Files below `folder` of the repository whose names end with `suffix`, relative to it, sorted. */
export function listFiles(folder: string, suffix: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith(suffix))
    .sort();
}

export function readSourceFiles(): SourceFile[] {
  return listFiles('src', '.ts').map((path) => {
    const text = readFileSync(join(ROOT, 'src', path), 'utf8');
    const { all, static: loaded } = importsOf(path, text);
    const toFiles = (specifiers: readonly string[]): string[] =>
      unique(specifiers.filter(isRelative).map((specifier) => resolveSpecifier(path, specifier)));
    const others = all.filter((specifier) => !isRelative(specifier));
    return {
      path,
      text,
      lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
      files: toFiles(all),
      loaded: toFiles(loaded),
      packages: unique(others.filter((specifier) => !isNodeModule(specifier)).map(packageName)),
      nodeModules: unique(others.filter(isNodeModule)),
    };
  });
}

/** Every module that a file names in `import`, `export from` and `import()`; `static` leaves out the last kind. */
function importsOf(path: string, text: string): { all: string[]; static: string[] } {
  const all = ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  const declared = statements.flatMap((statement) => {
    const from =
      ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
    return from && ts.isStringLiteral(from) ? [from.text] : [];
  });
  return { all, static: declared };
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** ESM writes the name of the compiled file; the source has the same name with `.ts`. */
function resolveSpecifier(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
