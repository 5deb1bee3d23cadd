/** Tables in Markdown, as GitHub writes them. A table that only lays out a page falls apart into paragraphs. */
import type TurndownService from 'turndown';
import type { DomElement } from './dom.js';

export function tableRules(): readonly (readonly [string, TurndownService.Rule])[] {
  return [
    ['cell', { filter: ['th', 'td'], replacement: writeCell }],
    ['row', { filter: 'tr', replacement: writeRow }],
    ['rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content }],
    ['table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` }],
  ];
}

function writeCell(content: string, cell: DomElement): string {
  if (!isData(cell.closest('table'))) return `\n\n${content.trim()}\n\n`;
  const text = content
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/(?<!\\)\|/g, '\\|');
  return `${cell.previousElementSibling ? '' : '|'} ${text} |`;
}

function writeRow(content: string, row: DomElement): string {
  const table = row.closest('table');
  if (!isData(table)) return content;
  const isFirst = table?.querySelector('tr') === row;
  const rule = isFirst ? `|${' --- |'.repeat(row.children.length)}\n` : '';
  return `${content.trim()}\n${rule}`;
}

/** Two rows, two columns, no table inside. */
function isData(table: DomElement | null): boolean {
  if (!table || table.querySelector('table')) return false;
  const rows = table.querySelectorAll('tr');
  return rows.length > 1 && (rows[0]?.children.length ?? 0) > 1;
}
