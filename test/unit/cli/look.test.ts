import { describe, expect, test } from 'vitest';
import { planNodes } from '../../../src/cli/plan-report.js';
import { workersText } from '../../../src/cli/commands/workers.js';
import { diffReport, diffText, resolveVersion } from '../../../src/cli/version-text.js';
import { waitsForHuman } from '../../../src/cli/waits-for-human.js';
import type { ExecutionDetail__Output } from '../../../src/rpc/generated/nexum/ExecutionDetail.js';
import type { VersionInfo__Output } from '../../../src/rpc/generated/nexum/VersionInfo.js';

describe('waiting for a person', () => {
  function detail(status: string, ...nodes: [status: string, waitsFor?: string][]): ExecutionDetail__Output {
    return {
      summary: { status },
      nodes: nodes.map(([nodeStatus, waitsFor = '']) => ({ status: nodeStatus, waitsFor })),
    } as ExecutionDetail__Output;
  }

  test('an approval is pending and all the rest has ended or comes after it', () => {
    expect(waitsForHuman(detail('RUNNING', ['COMPLETED'], ['WAITING', 'approval'], ['PENDING']))).toBe(true);
    expect(waitsForHuman(detail('RUNNING', ['WAITING', 'approval'], ['WAITING', 'approval']))).toBe(true);
  });

  test.each([
    ['a node is ready', detail('RUNNING', ['WAITING', 'approval'], ['READY'])],
    ['a node runs', detail('RUNNING', ['WAITING', 'approval'], ['LEASED'])],
    ['a timer runs', detail('RUNNING', ['WAITING', 'approval'], ['WAITING', 'timer'])],
    ['nothing waits', detail('RUNNING', ['PENDING'])],
    ['the execution has ended', detail('FAILED', ['WAITING', 'approval'])],
  ])('not when %s', (_what, execution) => {
    expect(waitsForHuman(execution)).toBe(false);
  });
});

test('a plan has dependencies before dependents, otherwise the order of the file', () => {
  const effect = (...dependencies: string[]): { type: 'EFFECT'; dependencies: string[] } => ({
    type: 'EFFECT',
    dependencies,
  });
  const nodes = { last: effect('b', 'a', 'b'), b: effect('a'), a: effect(), other: effect() };
  expect(planNodes({ nodes }).map(({ node, needs }) => [node, needs])).toEqual([
    ['a', []],
    ['other', []],
    ['b', ['a']],
    ['last', ['b', 'a']],
  ]);
});

describe('versions', () => {
  const versions = ['sha256:aaaa1111', 'sha256:aaaa2222'].map(
    (versionHash) => ({ versionHash }) as VersionInfo__Output,
  );

  test('are named by their hash or a unique beginning of it', () => {
    for (const text of ['sha256:aaaa1111', 'sha256:aaaa1', 'aaaa1'])
      expect(resolveVersion(versions, text)).toBe('sha256:aaaa1111');
    expect(() => resolveVersion(versions, 'aaaa')).toThrow('names 2 versions');
    for (const text of ['bbbb', 'sha']) expect(() => resolveVersion(versions, text)).toThrow('no version is named');
  });

  test('a difference has breaking changes first, marked, and counts what stays pinned', () => {
    const change = (breaking: boolean, text: string): { breaking: boolean; nodeId: string; text: string } => ({
      breaking,
      nodeId: 'n',
      text,
    });
    const compared = {
      compatibility: 'BREAKING',
      changes: [change(false, 'node n: small'), change(true, 'node n: large')],
      fromVersion: 'sha256:aaaa1111',
      toVersion: '',
      activeExecutions: 2,
    };
    expect(diffText(diffReport('p', compared, 'sha256:bbbb')).split('\n')).toEqual([
      'p  sha256:aaaa1111 -> sha256:bbbb  BREAKING',
      '  ! BREAKING  node n: large',
      '    safe      node n: small',
      '2 executions under way stay pinned to sha256:aaaa1111',
    ]);
  });
});

test('the handlers of a worker are counted and cut', () => {
  const handlers = Array.from({ length: 30 }, (_, index) => `handler-${index}`);
  const base = { workerId: 'w', attachedAtMs: 0, credits: 3, leased: 1, server: '', queue: 'gpu' };
  expect(workersText([{ ...base, handlers }])).toMatch(/w +gpu +30: handler-0, handler-1.*… +3 +1 /);
});
