/** Reads and checks an IR document from anybody: everything wrong is reported at once, nothing is guessed. */
import { NODE_TYPES, type IrNode, type WorkflowIr } from './ir.js';

const MAX_PROBLEMS = 50;

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
  if (problems.length === 0) {
    const cycle = findCycle(checked);
    if (cycle) problems.push(`the nodes ${cycle.join(' -> ')} form a cycle`);
  }
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  return { ir: { ...document, nodes: checked } as WorkflowIr, problems };
}

function checkNode(id: string, node: unknown, known: ReadonlySet<string>, problems: string[]): IrNode | undefined {
  if (id === '' || id.length > 256) problems.push(`node name ${JSON.stringify(id.slice(0, 40))} must have 1 to 256 characters`);
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
  return type ? ({ ...node, type, dependencies } as IrNode) : undefined;
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
