/** Checks one node of an IR: its own keys, its behaviour, and that every node it names exists. */
import { checkBehaviour } from './ir-behaviour-validation.js';
import {
  hasLoneSurrogate,
  isName,
  isRecord,
  isText,
  isTextList,
  listOf,
  numberFrom,
  objectOf,
  shown,
  that,
  type Report,
} from './ir-checks.js';
import { NODE_TYPES, type IrNode } from './ir.js';

const MAX_NAME = 256;
/** An SDK of Nexum 0.2 may write null for what a node does not have. */
const NULLABLE: ReadonlySet<string> = new Set([
  'routes',
  'mapNodeId',
  'subWorkflowId',
  'inputFn',
  'delay_seconds',
  'x-nexum',
]);

const NODE = objectOf(
  {},
  {
    dependencies: that(isTextList, 'must be a list of node names'),
    routes: listOf(objectOf({ target: isText }, { condition: isText })),
    mapNodeId: isText,
    subWorkflowId: isName,
    delay_seconds: numberFrom(0),
    'x-nexum': that(isRecord, 'is not an object'),
  },
);

/**
 * @param types of all nodes, as the document has them
 * @returns the node as the engine takes it, unless its shape is wrong
 */
export function checkNode(
  id: string,
  document: unknown,
  types: ReadonlyMap<string, unknown>,
  problems: string[],
): IrNode | undefined {
  const name = shown(id);
  if (id === '' || id.length > MAX_NAME)
    problems.push(`node name ${JSON.stringify(name)} must have 1 to 256 characters`);
  if (hasLoneSurrogate(id)) problems.push(`node name ${JSON.stringify(name)} is not valid Unicode`);
  if (!isRecord(document)) {
    problems.push(`node ${name} is not an object`);
    return undefined;
  }
  const before = problems.length;
  const report: Report = (path, problem) => {
    // Bare, `if of node a` would read as a sentence.
    const place = path === 'if' ? '`if`' : path;
    problems.push(`${place === '' ? '' : `${place} of `}node ${name} ${problem}`);
  };
  const node = Object.fromEntries(
    Object.entries(document).filter(([key, value]) => value !== null || !NULLABLE.has(key)),
  );
  node['dependencies'] ??= [];
  const type = NODE_TYPES.find((candidate) => candidate === node['type']);
  if (!type) report('', `has the unknown type ${shown(JSON.stringify(node['type'] ?? null))}`);
  NODE(node, '', report);
  const behaviour = isRecord(node['x-nexum']) ? node['x-nexum'] : {};
  checkBehaviour(behaviour, type, report);
  const isWhole = problems.length === before;
  const { dependencies } = node;
  checkNames(node, behaviour, types, report);
  if (type === 'ROUTER') checkRouter(node, behaviour, report);
  if (type === 'TIMER' && node['delay_seconds'] === undefined && behaviour['wait'] === undefined) {
    report('', 'is a TIMER without delay_seconds or wait');
  }
  return type && isWhole && isTextList(dependencies) ? { ...node, type, dependencies } : undefined;
}

function checkRouter(node: Record<string, unknown>, behaviour: Record<string, unknown>, report: Report): void {
  if (behaviour['router'] !== undefined) return;
  const { routes = [] } = node;
  if (Array.isArray(routes) && routes.length === 0) report('', 'is a ROUTER without routes');
}

function checkNames(
  node: Record<string, unknown>,
  behaviour: Record<string, unknown>,
  types: ReadonlyMap<string, unknown>,
  report: Report,
): void {
  const dependencies = isTextList(node['dependencies']) ? node['dependencies'] : [];
  for (const name of dependencies) {
    if (!types.has(name)) report('', `depends on the unknown node ${shown(name)}`);
  }
  for (const name of [...targetsOf(node['routes'], 'target'), ...routerTargets(behaviour['router'])]) {
    if (!types.has(name)) report('', `routes to the unknown node ${shown(name)}`);
  }
  const map = node['mapNodeId'];
  if (typeof map === 'string' && !types.has(map)) report('mapNodeId', `is the unknown node ${shown(map)}`);
  else if (typeof map === 'string' && types.get(map) !== 'MAP')
    report('mapNodeId', `is ${shown(map)}, which is no MAP`);
  const conditions = isRecord(behaviour['conditions']) ? Object.keys(behaviour['conditions']) : [];
  const known = new Set(dependencies);
  for (const name of conditions) {
    if (!known.has(name)) report('', `has a condition for ${shown(name)}, on which it does not depend`);
  }
}

function routerTargets(router: unknown): string[] {
  if (!isRecord(router)) return [];
  const { otherwise } = router;
  return [...targetsOf(router['routes'], 'to'), ...(typeof otherwise === 'string' ? [otherwise] : [])];
}

function targetsOf(routes: unknown, key: string): string[] {
  const targets = Array.isArray(routes)
    ? routes.map((route: unknown) => (isRecord(route) ? route[key] : undefined))
    : [];
  return targets.filter((target) => typeof target === 'string');
}
