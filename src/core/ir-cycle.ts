/** Cycles in a graph of nodes. Iterative, so that deep graphs cannot overflow the stack. */

/** The first cycle as a closed path of node ids in the order in which they would run, or undefined. O(nodes + edges). */
export function findCycle(upstream: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  for (const root of upstream.keys()) {
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
      const dependency = upstream.get(frame.id)?.[frame.next];
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
