/** Reads and checks an IR document from anybody: everything wrong is reported at once, nothing is guessed. */
import { NODE_TYPES, type IrNode, type WorkflowIr } from './ir.js';

const MAX_PROBLEMS = 50;
/** Half of a UTF-16 pair: no UTF-8 text, task id or database can hold it, it would come back as another name. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function parseIr(irJson: string): { ir?: WorkflowIr; problems: string[] } {
  let document: unknown;
  try {
    document = JSON.parse(irJson);
  } catch (error) {
    return { problems: [`ir_json is not JSON (${error instanceof Error ? error.message : String(error)})`] };
  }
  if (!isRecord(document) || !isRecord(document['nodes'])) return { problems: ['ir_json has no `nodes` object'] };
  const nodes = document['nodes'];
  const ids = Object.keys(nodes);
  if (ids.length === 0) return { problems: ['the workflow has no nodes'] };
  const problems: string[] = [];
  const known = new Set(ids);
  const checked: Record<string, IrNode> = {};
  for (const id of ids) {
    const node = checkNode(id, nodes[id], known, problems);
    if (node) Object.defineProperty(checked, id, { value: node, enumerable: true });
  }
  const { pipeline } = document;
  if (pipeline !== undefined && !(isRecord(pipeline) && isRecord(pipeline['inputs'] ?? {}))) {
    problems.push('`pipeline` must be an object, and its `inputs` too');
  }
  if (problems.length === 0) {
    const cycle = findCycle(checked);
    if (cycle) problems.push(`the nodes ${cycle.join(' -> ')} form a cycle`);
  }
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  const ir: WorkflowIr = { ...document, nodes: checked };
  return { ir, problems };
}

function checkNode(id: string, node: unknown, known: ReadonlySet<string>, problems: string[]): IrNode | undefined {
  if (id === '' || id.length > 256)
    problems.push(`node name ${JSON.stringify(id.slice(0, 40))} must have 1 to 256 characters`);
  if (LONE_SURROGATE.test(id)) problems.push(`node name ${JSON.stringify(id.slice(0, 40))} is not valid Unicode`);
  if (!isRecord(node)) {
    problems.push(`node ${id} is not an object`);
    return undefined;
  }
  const type = NODE_TYPES.find((candidate) => candidate === node['type']);
  if (!type) problems.push(`node ${id} has the unknown type ${JSON.stringify(node['type'])}`);
  const dependencies = node['dependencies'] ?? [];
  if (!Array.isArray(dependencies) || !dependencies.every((name) => typeof name === 'string')) {
    problems.push(`dependencies of node ${id} must be a list of node names`);
    return undefined;
  }
  for (const name of dependencies) {
    if (!known.has(name)) problems.push(`node ${id} depends on the unknown node ${name}`);
  }
  checkBehaviour(id, node['x-nexum'] ?? {}, problems);
  return type ? { ...node, type, dependencies } : undefined;
}

/** What the engine itself acts on; the rest of `x-nexum` concerns the worker. */
function checkBehaviour(id: string, behaviour: unknown, problems: string[]): void {
  if (!isRecord(behaviour)) {
    problems.push(`x-nexum of node ${id} is not an object`);
    return;
  }
  const { handler, if: condition, timeoutMs, retry } = behaviour;
  const isName = typeof handler === 'string' && handler !== '' && !LONE_SURROGATE.test(handler);
  if (handler !== undefined && !isName) problems.push(`the handler of node ${id} is not a name`);
  if (condition !== undefined && typeof condition !== 'string')
    problems.push(`\`if\` of node ${id} is not an expression`);
  if (timeoutMs !== undefined && !isNumber(timeoutMs, 1))
    problems.push(`timeoutMs of node ${id} is not a positive number`);
  if (retry !== undefined) checkRetry(id, retry, problems);
}

function checkRetry(id: string, retry: unknown, problems: string[]): void {
  if (!isRecord(retry)) {
    problems.push(`retry of node ${id} is not an object`);
    return;
  }
  const minima = { maxAttempts: 1, maxLost: 1, initialIntervalMs: 0, multiplier: 0, maxIntervalMs: 0, jitter: 0 };
  for (const [key, minimum] of Object.entries(minima)) {
    if (!isNumber(retry[key], minimum)) problems.push(`retry.${key} of node ${id} must be a number from ${minimum} on`);
  }
  if (isNumber(retry['jitter'], 0) && retry['jitter'] > 1)
    problems.push(`retry.jitter of node ${id} is greater than 1`);
  const codes = retry['nonRetryable'];
  if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string')) {
    problems.push(`retry.nonRetryable of node ${id} must be a list of error codes`);
  }
}

/** The first cycle as a closed path of node ids, or undefined. Iterative, so that deep graphs cannot overflow the stack. */
function findCycle(nodes: Readonly<Record<string, IrNode>>): string[] | undefined {
  const finished = new Set<string>();
  for (const root of Object.keys(nodes)) {
    if (finished.has(root)) continue;
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack: { id: string; next: number }[] = [{ id: root, next: 0 }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1];
      if (!frame) break;
      if (frame.next === 0) {
        path.push(frame.id);
        onPath.add(frame.id);
      }
      const dependency = nodes[frame.id]?.dependencies[frame.next];
      frame.next += 1;
      if (dependency === undefined) {
        finished.add(frame.id);
        onPath.delete(frame.id);
        path.pop();
        stack.pop();
      } else if (onPath.has(dependency)) {
        return [...path.slice(path.indexOf(dependency)), dependency].reverse();
      } else if (!finished.has(dependency)) {
        stack.push({ id: dependency, next: 0 });
      }
    }
  }
  return undefined;
}

function isNumber(value: unknown, minimum: number): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= minimum;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
