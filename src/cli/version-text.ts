/** Versions of pipelines and the differences between them, as commands show them. */
import type { CompareResponse__Output } from '../rpc/generated/nexum/CompareResponse.js';
import type { VersionInfo__Output } from '../rpc/generated/nexum/VersionInfo.js';
import { nexumError } from '../errors.js';
import { table } from './output.js';

/** `sha256:` and 12 digits. */
const SHORT_HASH = 19;
const MIN_BEGINNING = 4;

export function shortHash(versionHash: string): string {
  return versionHash.slice(0, SHORT_HASH);
}

/** The version that a whole hash, or a unique beginning of it with or without `sha256:`, names. */
export function resolveVersion(versions: readonly VersionInfo__Output[], text: string): string {
  const found = versions
    .map(({ versionHash }) => versionHash)
    .filter((hash) => hash === text || (text.length >= MIN_BEGINNING && beginsWith(hash, text)));
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  if (found.length > 1) throw nexumError('USAGE', `${text} names ${found.length} versions; write more of the hash`);
  const known = versions.map(({ versionHash }) => shortHash(versionHash)).join(', ');
  throw nexumError('WORKFLOW_NOT_FOUND', `no version is named ${JSON.stringify(text)} (versions: ${known})`);
}

function beginsWith(hash: string, text: string): boolean {
  return text.startsWith('sha256:') ? hash.startsWith(text) : hash.startsWith(`sha256:${text}`);
}

export function versionReport(version: VersionInfo__Output): Record<string, unknown> {
  const { workflowId, versionHash, registeredAt, activeExecutions, compatibility, reasons } = version;
  return {
    workflowId,
    versionHash,
    registeredAt: `${registeredAt.replace(' ', 'T')}Z`,
    activeExecutions,
    compatibility: compatibility === '' ? null : compatibility,
    reasons,
  };
}

/** The versions of one pipeline, newest first, each with why it is what it is. */
export function versionsText(versions: readonly VersionInfo__Output[]): string {
  const rows = versions.flatMap(({ versionHash, registeredAt, activeExecutions, compatibility, reasons }) => {
    const [first = '', ...others] = reasons;
    const row = [shortHash(versionHash), `${registeredAt}Z`, String(activeExecutions), compatibility, first];
    return [row, ...others.map((reason) => ['', '', '', '', reason])];
  });
  return table(['VERSION', 'REGISTERED', 'ACTIVE', 'COMPATIBILITY', 'WHY'], rows);
}

/** One row per pipeline. @param versions newest first */
export function workflowsText(versions: readonly VersionInfo__Output[]): string {
  if (versions.length === 0) return 'no pipelines are registered';
  const names = [...new Set(versions.map(({ workflowId }) => workflowId))].sort();
  const rows = names.map((workflowId) => {
    const own = versions.filter((version) => version.workflowId === workflowId);
    const [newest] = own;
    const active = own.reduce((sum, { activeExecutions }) => sum + activeExecutions, 0);
    const { versionHash = '', registeredAt = '' } = newest ?? {};
    return [workflowId, shortHash(versionHash), `${registeredAt}Z`, String(own.length), String(active)];
  });
  return table(['PIPELINE', 'NEWEST VERSION', 'REGISTERED', 'VERSIONS', 'ACTIVE'], rows);
}

export interface DiffReport {
  readonly workflowId: string;
  readonly compatibility: string;
  /** Null: nothing was registered before. */
  readonly from: string | null;
  readonly to: string;
  /** Executions under way that stay pinned to `from`. */
  readonly activeExecutions: number;
  /** Breaking ones first. */
  readonly changes: readonly { readonly breaking: boolean; readonly node: string | null; readonly text: string }[];
}

/** @param to the hash of what was compared, which the server does not know when it got an IR */
export function diffReport(workflowId: string, compared: CompareResponse__Output, to: string): DiffReport {
  const { compatibility, fromVersion, toVersion, activeExecutions } = compared;
  const changes = compared.changes.map(({ breaking, nodeId, text }) => ({
    breaking,
    node: nodeId === '' ? null : nodeId,
    text,
  }));
  return {
    workflowId,
    compatibility,
    from: fromVersion === '' ? null : fromVersion,
    to: toVersion === '' ? to : toVersion,
    activeExecutions,
    changes: [...changes.filter(({ breaking }) => breaking), ...changes.filter(({ breaking }) => !breaking)],
  };
}

export function diffText({ workflowId, compatibility, from, to, activeExecutions, changes }: DiffReport): string {
  const versions = from === null ? shortHash(to) : `${shortHash(from)} -> ${shortHash(to)}`;
  return [
    `${workflowId}  ${versions}  ${compatibility}`,
    ...changes.map(({ breaking, text }) => `  ${breaking ? '! BREAKING' : '  safe    '}  ${text}`),
    ...pinnedLine(from, activeExecutions, compatibility),
  ].join('\n');
}

function pinnedLine(from: string | null, active: number, compatibility: string): string[] {
  if (from === null || active === 0 || compatibility === 'IDENTICAL') return [];
  const executions = active === 1 ? '1 execution under way stays' : `${active} executions under way stay`;
  return [`${executions} pinned to ${shortHash(from)}`];
}
