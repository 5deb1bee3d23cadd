/**
 * What changed in one node. Breaking is what another version of it would do to those who rely on the old one: callers,
 * workers, and executions of the old version that are rerun with the new one.
 */
import { edgeChanges } from './edge-changes.js';
import type { IrNode, NodeBehaviour } from './ir.js';
import { changedAspects, sameJson, without, type Aspect, type VersionChange } from './version-change.js';

type Change = Omit<VersionChange, 'node'>;

const NODE_ASPECTS: readonly Aspect<IrNode>[] = [
  { what: 'the type', breaking: true, of: (node) => node.type },
  { what: 'the map that it folds', breaking: true, of: (node) => node.mapNodeId },
  { what: 'the time that it waits', breaking: true, of: waitOf },
  { what: 'the child workflow', breaking: true, of: childOf },
  // A name that a worker of Nexum 0.2 looks up: other code, like another handler.
  { what: 'the input function', breaking: true, of: (node) => Reflect.get(node, 'inputFn') as unknown },
];

const BEHAVIOUR_ASPECTS: readonly Aspect<NodeBehaviour>[] = [
  { what: 'the handler', breaking: true, of: (node) => node.handler },
  { what: 'the MCP tool', breaking: true, of: (node) => node.mcp },
  { what: 'what it computes', breaking: true, of: (node) => node.compute },
  { what: 'the `if`', breaking: true, of: (node) => node.if },
  { what: 'the join', breaking: true, of: (node) => node.join ?? 'all' },
  { what: 'the map of conditions', breaking: true, of: conditionsOf },
  { what: 'continue_on_error', breaking: true, of: (node) => node.continueOnError ?? false },
  { what: 'the queue', breaking: true, of: (node) => node.queue },
  { what: 'the declared output', breaking: true, of: (node) => node.outputSchema },
  { what: 'the list of secrets', breaking: true, of: (node) => [...(node.secrets ?? [])].sort() },
  { what: 'the list of the map', breaking: true, of: (node) => node.map?.over },
  { what: 'on_item_error', breaking: true, of: (node) => node.map?.onItemError },
  { what: 'max_parallel', breaking: false, of: (node) => node.map?.maxParallel },
  {
    what: 'the list of approvers',
    breaking: true,
    of: (node) => node.approval?.approvers && [...node.approval.approvers].sort(),
  },
  { what: 'the form', breaking: true, of: (node) => node.approval?.form },
  { what: 'the deadline of the approval', breaking: true, of: (node) => node.approval?.timeoutMs },
  { what: 'on_timeout', breaking: true, of: (node) => node.approval?.onTimeout },
  { what: 'on_reject', breaking: true, of: (node) => node.approval?.onReject },
  { what: 'the list of nodes of the loop', breaking: true, of: (node) => node.loop && [...node.loop.nodes].sort() },
  { what: 'the `until` of the loop', breaking: true, of: (node) => node.loop?.until },
  { what: 'on_exhausted', breaking: true, of: (node) => node.loop?.onExhausted },
  { what: 'max_iterations', breaking: false, of: (node) => node.loop?.maxIterations },
  // Which of the messages, or of the outputs there are, it is given: like its prompt, a matter of the author.
  { what: 'the history that it hears', breaking: false, of: (node) => node.history },
  { what: 'the list of outputs that it reads', breaking: false, of: (node) => [...(node.reads ?? [])].sort() },
  { what: 'the message to the approver', breaking: false, of: (node) => node.approval?.message },
  { what: 'the prompt', breaking: false, of: (node) => node.prompt },
  { what: 'the agent', breaking: false, of: (node) => node.agent },
  { what: 'the retry policy', breaking: false, of: (node) => node.retry },
  { what: 'the timeout', breaking: false, of: (node) => node.timeoutMs },
  { what: 'the heartbeat timeout', breaking: false, of: (node) => node.heartbeatTimeoutMs },
  { what: 'the map of labels', breaking: false, of: (node) => node.labels },
];

/** Maps that configure a node: their keys are a contract with the handler or the child, their values are the author's. */
const CONFIGURATIONS: readonly { what: string; of: (node: IrNode) => Readonly<Record<string, unknown>> }[] = [
  { what: '`with`', of: (node) => node['x-nexum']?.with ?? {} },
  { what: '`with` of the child', of: (node) => node['x-nexum']?.child?.with ?? {} },
  { what: '`env`', of: (node) => node['x-nexum']?.env ?? {} },
];

/** Empty when the nodes are equal. */
export function nodeChanges(from: IrNode, to: IrNode): Change[] {
  if (sameJson(from, to)) return [];
  const changes = [
    ...dependencyChanges(from, to),
    ...changedAspects(NODE_ASPECTS, from, to),
    ...routeChanges(from, to),
    ...edgeChanges(from['x-nexum']?.edges ?? [], to['x-nexum']?.edges ?? []),
    ...changedAspects(BEHAVIOUR_ASPECTS, from['x-nexum'] ?? {}, to['x-nexum'] ?? {}),
    ...CONFIGURATIONS.flatMap(({ what, of }) => configurationChanges(what, of(from), of(to))),
  ];
  return changes.length > 0 ? changes : [{ breaking: false, text: 'is written differently' }];
}

function dependencyChanges(from: IrNode, to: IrNode): Change[] {
  return [
    ...without(to.dependencies, from.dependencies).map((name) => `now depends on ${name} too`),
    ...without(from.dependencies, to.dependencies).map((name) => `no longer depends on ${name}`),
  ].map((text) => ({ breaking: true, text }));
}

interface Routes {
  readonly by: 'the server' | 'a worker';
  readonly routes: readonly { readonly to: string; readonly if?: string }[];
  readonly otherwise?: string;
}

/** `routes` beside a router is what the compiler tells servers of Nexum 0.2; here the router decides. */
function routesOf({ routes = [], 'x-nexum': behaviour }: IrNode): Routes {
  if (behaviour?.router) return { by: 'the server', ...behaviour.router };
  const foreign = routes.map(({ target, condition }) => ({
    to: target,
    ...(condition === undefined ? {} : { if: condition }),
  }));
  return { by: 'a worker', routes: foreign };
}

const ROUTE_ASPECTS: readonly Aspect<Routes>[] = [
  { what: 'who chooses the route', breaking: true, of: ({ by }) => by },
  { what: 'the targets of its routes', breaking: true, of: ({ routes }) => routes.map(({ to }) => to) },
];

function routeChanges(fromNode: IrNode, toNode: IrNode): Change[] {
  if (fromNode.type !== 'ROUTER' && toNode.type !== 'ROUTER') return [];
  const [from, to] = [routesOf(fromNode), routesOf(toNode)];
  const changes: Change[] = changedAspects(ROUTE_ASPECTS, from, to);
  const conditions = (routes: Routes): unknown[] => routes.routes.map((route) => route.if ?? null);
  if (changes.length === 0 && !sameJson(conditions(from), conditions(to))) {
    changes.push({ breaking: true, text: 'the conditions of its routes changed' });
  }
  if (from.otherwise === undefined && to.otherwise !== undefined) {
    changes.push({ breaking: false, text: `has a default route now, to ${to.otherwise}` });
  } else if (from.otherwise !== to.otherwise) {
    const now = to.otherwise === undefined ? 'was removed' : `leads to ${to.otherwise} now`;
    changes.push({ breaking: true, text: `the default route ${now}` });
  }
  return changes;
}

function configurationChanges(
  what: string,
  from: Readonly<Record<string, unknown>>,
  to: Readonly<Record<string, unknown>>,
): Change[] {
  const [before, after] = [Object.keys(from), Object.keys(to)];
  const values = after.filter((key) => Object.hasOwn(from, key) && !sameJson(from[key], to[key]));
  return [
    ...without(after, before).map((key) => ({ breaking: true, text: `${what} has the key ${key} now` })),
    ...without(before, after).map((key) => ({ breaking: true, text: `${what} has no key ${key} any more` })),
    ...values.map((key) => ({ breaking: false, text: `${key} in ${what} has another value` })),
  ];
}

/** `succeeded` is what an edge means that nothing is said about. */
function conditionsOf({ conditions = {} }: NodeBehaviour): unknown {
  return Object.fromEntries(Object.entries(conditions).filter(([, condition]) => condition !== 'succeeded'));
}

function waitOf({ delay_seconds, 'x-nexum': behaviour }: IrNode): unknown {
  if (behaviour?.wait) return behaviour.wait;
  return delay_seconds === undefined ? undefined : { durationMs: delay_seconds * 1000 };
}

function childOf({ subWorkflowId, 'x-nexum': behaviour }: IrNode): unknown {
  if (!behaviour?.child) return subWorkflowId;
  const { workflowId, versionHash } = behaviour.child;
  return versionHash === undefined ? workflowId : `${workflowId} ${versionHash}`;
}
