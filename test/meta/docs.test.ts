/** The documents: links lead somewhere, what they name exists, and nothing points into the machine of its author. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { FAILPOINTS } from '../../src/failpoint.js';
import type { CliCommand } from '../../src/cli/cli-command.js';
import { ExitCode } from '../../src/cli/exit-code.js';
import { createBuiltInHandlers } from '../../src/handlers/built-in.js';
import { DocumentLibrary } from '../../src/handlers/document-library.js';
import { parseIr } from '../../src/core/ir-validation.js';
import { compilePipeline } from '../../src/pipeline/compile.js';
import { formatIssue } from '../../src/pipeline/issue.js';
import {
  approvalModel,
  childModel,
  mapModel,
  reduceModel,
  routeModel,
  waitModel,
} from '../../src/pipeline/kind-model.js';
import { conditionModel, edgeModel, graphModel, historyModel, stopModel } from '../../src/pipeline/graph-model.js';
import { concurrencyModel, nodeModel, pipelineModel, scheduleModel } from '../../src/pipeline/model.js';
import { retryModel } from '../../src/pipeline/work-model.js';
import { FUNCTION_NAMES } from '../../src/pipeline/expression-functions.js';
import { listFiles, ROOT } from './source-files.js';

const markdown = new MarkdownIt();

const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...listFiles('docs', '.md').map((path) => `docs/${path}`),
  ...listFiles('pipelines', '.md').map((path) => `pipelines/${path}`),
];

describe('links', () => {
  it.each(DOCUMENTS)('of %s lead to files and headings that exist', (document) => {
    const broken = linksOf(read(document)).filter((link) => !resolves(document, link));
    expect(broken).toEqual([]);
  });
});

describe('docs/cli.md', () => {
  const documented = [...read('docs/cli.md').matchAll(/^## nexum (\S+)/gm)].map(([, name]) => name ?? '');

  it('describes every command that exists', async () => {
    const existing = (await readCommands()).map(({ name }) => name);
    expect(existing.filter((name) => !documented.includes(name))).toEqual([]);
  });

  it('describes no command that does not exist', async () => {
    const existing = (await readCommands()).map(({ name }) => name);
    expect(documented.filter((name) => !existing.includes(name))).toEqual([]);
  });

  it('names every option of every command', async () => {
    const sections = read('docs/cli.md').split(/^## /m);
    const missing = (await readCommands()).flatMap((verb) => {
      const { name } = verb;
      const command = new Command(name);
      verb.define(command);
      const section = sections.find((text) => text.startsWith(`nexum ${name}\n`)) ?? '';
      const flags = command.options.map(({ long, short }) => long ?? short ?? '');
      return flags.filter((flag) => !section.includes(`\`${flag}`)).map((flag) => `${name} ${flag}`);
    });
    expect(missing).toEqual([]);
  });

  it('lists every exit code', () => {
    const text = read('docs/cli.md');
    expect(Object.values(ExitCode).filter((code) => !text.includes(`| ${code} |`))).toEqual([]);
  });
});

describe('the references', () => {
  it.each([...createBuiltInHandlers({ library: new DocumentLibrary(), env: {} }).keys()])(
    'docs/handlers.md describes %s',
    (name) => {
      expect(read('docs/handlers.md')).toContain(`### ${name}\n`);
    },
  );

  it.each(
    [
      nodeModel,
      retryModel,
      pipelineModel,
      concurrencyModel,
      scheduleModel,
      approvalModel,
      childModel,
      mapModel,
      waitModel,
      graphModel,
      edgeModel,
      conditionModel,
      stopModel,
      historyModel,
    ]
      .flatMap(({ shape }) => Object.keys(shape))
      .filter((key, index, keys) => keys.indexOf(key) === index),
  )('docs/pipelines.md lists the key %s', (key) => {
    expect(read('docs/pipelines.md')).toContain(`| \`${key}\` |`);
  });

  it.each([routeModel, reduceModel].flatMap(({ shape }) => Object.keys(shape)))(
    'docs/pipelines.md names the key %s',
    (key) => {
      expect(read('docs/pipelines.md')).toMatch(new RegExp(`\`${key}\`|\\b${key}:`));
    },
  );

  it.each(yamlExamples('docs/pipelines.md'))('docs/pipelines.md has an example that compiles: %s', (_first, text) => {
    const child = 'name: child\ninputs: { region: { type: string, required: true } }\nnodes: { a: { compute: 1 } }\n';
    const { compiled, issues } = compilePipeline(
      /^name:/m.test(text) ? text : `name: example\n${text}`,
      'docs/example.yaml',
      {
        readFile: (path) => (path === join('docs', 'child.yaml') ? child : undefined),
      },
    );
    expect(issues.map(formatIssue)).toEqual([]);
    expect(parseIr(compiled?.irJson ?? '').problems).toEqual([]);
  });

  it.each(FUNCTION_NAMES)('docs/pipelines.md lists the function %s', (name) => {
    expect(read('docs/pipelines.md')).toContain(`\`${name}\``);
  });

  it.each(settings())('docs/operations.md lists the variable %s in its table of settings', (name) => {
    const [, section = ''] = read('docs/operations.md').split('\n## Settings\n');
    const [table = ''] = section.split('\n## ');
    expect(table.split('\n').filter((line) => line.startsWith('|') && line.includes(`\`${name}\``))).toHaveLength(1);
  });

  it.each(Object.keys(FAILPOINTS))('docs/guarantees.md names the crash window %s', (name) => {
    expect(read('docs/guarantees.md')).toContain(`\`${name}\``);
  });

  it.each(DOCUMENTS)('%s promises nothing to run exactly once without the whole promise', (document) => {
    const text = read(document).replace(/\s+/g, ' ');
    if (!/exactly[- ]once/i.test(text)) return;
    expect(text.toLowerCase()).toContain(
      'a committed result is never lost and never computed again; an effect whose process died between the effect and ' +
        'its commit runs again (at least once), with the same idempotency key handed to the handler',
    );
  });
});

describe('the repository', () => {
  it('names no folder of a machine', () => {
    // In pieces, so that this file does not name one itself.
    const pattern = new RegExp(['/home', '/[a-z]|/Users', '/[A-Za-z]|(?<![\\w./~-])/wo', 'rk/'].join(''));
    const found = textFiles(ROOT).filter((file) => pattern.test(readFileSync(file, 'utf8')));
    expect(found.map((file) => relative(ROOT, file))).toEqual([]);
  });
});

function read(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** The YAML blocks of a document, each with its first lines as its name; a part of a pipeline lacks only its name. */
function yamlExamples(document: string): [string, string][] {
  const blocks = markdown.parse(read(document), {}).filter(({ type, info }) => type === 'fence' && info === 'yaml');
  return blocks.map(({ content }) => [content.split('\n').slice(0, 3).join(' '), content]);
}

/** Every variable of this package that the source names, and that of the database. */
function settings(): string[] {
  const texts = listFiles('src', '.ts').map((path) => read(`src/${path}`));
  const named = texts.flatMap((text) => [...text.matchAll(/\bNEXUM_[A-Z_]*[A-Z]\b/g)].map(([name]) => name));
  return [...new Set([...named, 'DATABASE_URL'])].sort();
}

/** Relative link targets, those of images included. */
function linksOf(text: string): string[] {
  const tokens = markdown.parse(text, {}).flatMap((token) => token.children ?? []);
  const targets = tokens.map((token) => token.attrGet('href') ?? token.attrGet('src'));
  return targets.filter((target) => target !== null).filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

function resolves(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(ROOT, document) : resolve(ROOT, dirname(document), decodeURIComponent(path));
  if (!existsSync(file)) return false;
  if (anchor === undefined || !file.endsWith('.md')) return true;
  return headingAnchors(readFileSync(file, 'utf8')).includes(anchor);
}

/** As GitHub makes them: lower case, spaces to hyphens, punctuation dropped. */
function headingAnchors(text: string): string[] {
  const tokens = markdown.parse(text, {});
  const headings = tokens.filter((_, index) => tokens[index - 1]?.type === 'heading_open');
  return headings.map(({ content }) =>
    content
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The commands of src/cli/commands: every file there exports one, and importing it starts nothing. */
async function readCommands(): Promise<CliCommand[]> {
  const commands: CliCommand[] = [];
  for (const path of listFiles('src/cli/commands', '.ts')) {
    const exports = (await import(pathToFileURL(join(ROOT, 'src/cli/commands', path)).href)) as Record<string, unknown>;
    commands.push(...Object.values(exports).filter(isCommand));
  }
  return commands;
}

function isCommand(value: unknown): value is CliCommand {
  return typeof value === 'object' && value !== null && 'define' in value && 'name' in value;
}

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', 'dist', 'coverage', '.nexum', 'reports']);

function textFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : textFiles(path);
    const small = entry.isFile() && statSync(path).size < 5 * 1024 * 1024;
    return small && !readFileSync(path).includes(0) ? [path] : [];
  });
}
