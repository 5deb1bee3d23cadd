/** The blocks of a Markdown text with their lines: which lines are headings and which are prose. */
import MarkdownIt from 'markdown-it';
import type { Heading } from './heading.js';

/** One paragraph (also of a list item or a block quote). Lines count from 1, both ends included. */
interface Paragraph {
  readonly startLine: number;
  readonly endLine: number;
  /** The first words of the paragraph without list or quote markers: where prose begins in its first line. */
  readonly opening: string;
}

/** Lines count from 1, both ends included. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

export interface MarkdownBlocks {
  readonly title: string | undefined;
  readonly headings: readonly Heading[];
  /** Prose only: no headings, tables, code, HTML blocks or front matter. */
  readonly paragraphs: readonly Paragraph[];
  /** Lines of code blocks with their fences; a blank line in them ends nothing. */
  readonly code: readonly LineRange[];
}

/** A front matter longer than this is prose between two rulers. */
const MAX_FRONT_MATTER_LINES = 100;

/**
 * Reads the block structure of Markdown (CommonMark plus tables, by markdown-it).
 *
 * Inline markup stays as written: a citation needs the raw text.
 */
export function markdownBlocks(lines: readonly string[]): MarkdownBlocks {
  const frontMatter = frontMatterEnd(lines);
  // Blanked, not cut: the line numbers of what follows must not move.
  const body = lines.map((line, index) => (index < frontMatter ? '' : line));
  const parser = new MarkdownIt({ html: true });
  const tokens: ReturnType<MarkdownIt['parse']> = [];
  parser.block.parse(body.join('\n'), parser, {}, tokens);

  const headings: Heading[] = [];
  const paragraphs: Paragraph[] = [];
  const code: LineRange[] = [];
  for (const [index, token] of tokens.entries()) {
    if ((token.type === 'fence' || token.type === 'code_block') && token.map !== null) {
      code.push({ start: token.map[0] + 1, end: token.map[1] });
    }
    const before = tokens[index - 1];
    const range = before?.map ?? undefined;
    if (token.type !== 'inline' || before === undefined || range === undefined) continue;
    const [start, end] = range;
    if (before.type === 'heading_open') {
      headings.push({ line: start + 1, level: Number(before.tag.slice(1)), text: token.content });
    } else if (before.type === 'paragraph_open') {
      paragraphs.push({ startLine: start + 1, endLine: end, opening: token.content.split('\n')[0] ?? '' });
    }
  }
  const title = frontMatterTitle(lines.slice(0, frontMatter)) ?? firstTitle(headings);
  return { title, headings, paragraphs, code };
}

/** Returns the number of leading lines that belong to YAML front matter; 0 without one. */
export function frontMatterEnd(lines: readonly string[]): number {
  if (lines[0]?.trimEnd() !== '---') return 0;
  const end = lines.slice(1, MAX_FRONT_MATTER_LINES).findIndex((line) => /^(?:---|\.\.\.)\s*$/.test(line));
  return end === -1 ? 0 : end + 2;
}

function frontMatterTitle(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const title = /^title:\s*(["']?)(.+?)\1\s*$/.exec(line)?.[2];
    if (title !== undefined) return title;
  }
  return undefined;
}

function firstTitle(headings: readonly Heading[]): string | undefined {
  return (headings.find((heading) => heading.level === 1) ?? headings[0])?.text;
}
