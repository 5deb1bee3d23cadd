/**
 * Reads a team of AutoGen, as `dump_component()` writes it, and writes the pipeline that does the same.
 *
 * A1 What cannot be said in a pipeline is refused with its place in the file; nothing is left out without a word.
 * A2 No edge that had a condition is written without one, as far as the file lets one know (lost-conditions.ts).
 * A3 What is written compiles; what the compiler says about it is said at the place of the file that it came from.
 */
import type { Json, JsonObject } from '../../core/ir.js';
import { USER } from '../../core/thread.js';
import { compilePipeline, type CompiledPipeline, type CompileOptions } from '../compile.js';
import { IssueList } from '../issue-list.js';
import { formatPath, type Issue, type YamlPath } from '../issue.js';
import { isJsonList, isJsonMap } from '../json-shape.js';
import { readSource } from '../pipeline-source.js';
import { AgentImport, type ImportedAgent } from './agent-import.js';
import { GraphImport, repeatedNodes, type ImportedGraph } from './graph-import.js';
import { reportLostConditions } from './lost-conditions.js';
import { NodeNames, toName } from './node-names.js';
import { writePipeline } from './pipeline-yaml.js';
import { Place, readComponent, shortName, someOf } from './place.js';
import { importTermination, type ImportedStops } from './termination-import.js';

const GRAPH_FLOW = 'autogen_agentchat.teams.GraphFlow';

/** What AutoGen writes when the author said nothing. */
const DEFAULT_NAME = 'GraphFlow';
const DEFAULT_DESCRIPTION = 'A team of agents';

export interface ImportOptions extends CompileOptions {
  /** The model of all agents, instead of those of the file. */
  readonly model?: string | undefined;
}

export interface ImportResult {
  /** Absent when an issue is an error. */
  readonly imported?: { readonly yaml: string; readonly compiled: CompiledPipeline };
  readonly issues: readonly Issue[];
}

/** Imports the text of a file; `file` names it in the issues, and the pipeline if the team has no name. Never throws. */
export function importAutogen(text: string, file: string, options: ImportOptions = {}): ImportResult {
  const { source, issues: found, readable } = readSource(text, file);
  const parsed = parseJson(text);
  // Places come from the YAML parser, which reads JSON; what its syntax is, JSON decides.
  const issues = new IssueList(
    source,
    found.filter(({ code }) => code !== 'YAML_SYNTAX'),
  );
  if ('problem' in parsed) {
    const offset = /position (\d+)/.exec(parsed.problem)?.[1];
    const syntax = found.find(({ code }) => code === 'YAML_SYNTAX');
    const { line, column } = offset === undefined && syntax ? syntax : source.position(Number(offset ?? 0));
    const message = `the file is no JSON: ${parsed.problem}`;
    const fix = 'Write the file with `team.dump_component().model_dump_json(indent=2)`.';
    issues.append([{ code: 'NOT_IMPORTABLE', severity: 'error', message, file, line, column, path: '', fix }]);
  }
  if (issues.failed || 'problem' in parsed) return { issues: issues.list() };
  const root = new Place(issues, readable ? source.value : parsed.value, []);
  return new TeamImport(root, file, options).import();
}

class TeamImport {
  readonly #root: Place;
  readonly #issues: IssueList;
  /** Places of the file by the paths of the pipeline. */
  readonly #origins = new Map<string, YamlPath>();

  constructor(
    root: Place,
    private readonly file: string,
    private readonly options: ImportOptions,
  ) {
    this.#root = root;
    this.#issues = root.issues;
  }

  import(): ImportResult {
    const team = readComponent(this.#root);
    if (!team) return { issues: this.#issues.list() };
    const { provider, config } = team;
    if (provider !== GRAPH_FLOW) {
      const fix = 'Only a GraphFlow has a graph; build one from the team in AutoGen, or write the pipeline by hand.';
      this.#root.at('provider').refuse(`the file holds a ${shortName(provider)}, and no GraphFlow`, fix);
      return { issues: this.#issues.list() };
    }
    config.only([
      'name',
      'description',
      'participants',
      'termination_condition',
      'max_turns',
      'emit_team_events',
      'graph',
    ]);
    const nodes = config.at('graph').at('nodes');
    const names = new NodeNames(nodes.entries().map(([name]) => name));
    this.#tellRenamed(nodes, names);
    const graph = new GraphImport(config.at('graph'), names).import();
    if (config.at('graph').absent) config.at('graph').map();
    reportLostConditions(graph);
    const agents = this.#agents(config, graph, names);
    const stops = importTermination(config.at('termination_condition'), names);
    const maxTurns = config.at('max_turns').optionalCount();
    if (this.#issues.failed) return { issues: this.#issues.list() };
    return this.#write(config, { graph, names, agents, stops, maxTurns });
  }

  #agents(config: Place, graph: ImportedGraph, names: NodeNames): ReadonlyMap<string, ImportedAgent> {
    const reader = new AgentImport(names, this.options.model);
    const agents = new Map<string, ImportedAgent>();
    for (const place of config.at('participants').items()) {
      const agent = reader.participant(place);
      if (!agent) continue;
      const name = place.at('config').at('name');
      if (!names.has(agent.name)) {
        name.warn(`${agent.name} is left out: it is no node of the graph, so it never speaks`, 'Remove it.');
      } else if (agents.has(agent.name)) {
        name.refuse(`two participants are called ${agent.name}`, 'Give one of them another name.', 'BAD_VALUE');
      } else agents.set(agent.name, agent);
    }
    const refused = new Set(
      config
        .at('participants')
        .items()
        .map((place) => place.at('config').at('name').value ?? null),
    );
    for (const name of graph.nodes) {
      if (agents.has(name) || refused.has(name)) continue;
      const node = config.at('graph').at('nodes').at(name);
      node.refuse(`no participant is called ${name}`, 'Add the agent to the participants.', 'UNKNOWN_AGENT');
    }
    return agents;
  }

  #tellRenamed(nodes: Place, names: NodeNames): void {
    for (const [written, name] of names.changed()) {
      const why = written === 'user' ? 'so the messages of the user are signed here' : 'it is no name here';
      nodes.at(written).warn(`${written} becomes the node ${name}: ${why}`, 'Use the new name in commands.');
    }
  }

  #write(config: Place, team: Team): ImportResult {
    const { graph, names, agents } = team;
    const repeated = repeatedNodes(graph.nodes, graph.edges);
    const pipeline = this.#pipeline(config, team, repeated);
    const unconditional = graph.edges.filter(({ condition }) => condition === undefined).length;
    const yaml = writePipeline({
      head: [
        `Imported from ${JSON.stringify(baseName(this.file))}, a GraphFlow of AutoGen, by \`nexum import autogen\`.`,
        ...names.changed().map(([written, name]) => `${JSON.stringify(written)} is called ${name} here.`),
      ],
      edges:
        unconditional === 0
          ? []
          : [
              'Edges without `when` always fire. AutoGen does not dump conditions that are Python functions: if these had',
              'any, write them here.',
            ],
      pipeline,
    });
    if (repeated.size > 0) this.#tellMemory(config, repeated, agents);
    const result = compilePipeline(yaml, this.file, this.options);
    for (const issue of result.issues) this.#retell(issue);
    const issues = this.#issues.list();
    return result.compiled && !this.#issues.failed
      ? { imported: { yaml, compiled: result.compiled }, issues }
      : { issues };
  }

  #pipeline(config: Place, team: Team, repeated: ReadonlySet<string>): Map<string, unknown> {
    const { graph, names, agents, stops, maxTurns } = team;
    const description = config.at('description').optionalText();
    const told = description !== undefined && description !== '' && description !== DEFAULT_DESCRIPTION;
    const agentList = new Map<string, JsonObject>();
    const nodeList = new Map<string, Json>();
    for (const written of graph.nodes) {
      const agent = agents.get(written);
      if (!agent) continue;
      const name = names.of(written);
      agentList.set(name, agent.agent);
      const prompt = repeated.has(written) ? { prompt: rememberingPrompt(name, agent.node['history']) } : {};
      const { description: purpose, history } = agent.node;
      nodeList.set(name, {
        ...(purpose === undefined ? {} : { description: purpose }),
        agent: name,
        ...prompt,
        ...(history === undefined ? {} : { history }),
      });
      this.#origin(['agents', name], [...agent.path, 'config']);
      this.#origin(['nodes', name], [...agent.path, 'config']);
    }
    this.#origin(['graph'], config.at('graph').path);
    this.#origin(['graph', 'stop_when'], config.at('termination_condition').path);
    this.#origin(['graph', 'max_messages'], config.at('termination_condition').path);
    this.#origin(['graph', 'max_turns'], config.at('max_turns').path);
    this.#origin(['graph', 'entry'], config.at('graph').at('default_start_node').path);
    const [first, ...others] = graph.entry.map((name) => names.of(name));
    const graphKeys = {
      ...(first === undefined ? {} : { entry: others.length === 0 ? first : [first, ...others] }),
      scheduling: 'barrier',
      task: '${{ inputs.task }}',
      ...(maxTurns === undefined ? {} : { max_turns: maxTurns }),
      ...stops,
      edges: graph.edges.map((edge, index) => {
        this.#origin(['graph', 'edges', index], edge.path);
        return {
          from: names.of(edge.from),
          to: names.of(edge.to),
          ...(edge.condition === undefined ? {} : { when: { contains: edge.condition } }),
          ...(edge.group === undefined ? {} : { activation_group: edge.group }),
          ...(edge.activation === 'all' ? {} : { activation_condition: edge.activation }),
        };
      }),
    };
    return new Map<string, unknown>([
      ['name', this.#pipelineName(config)],
      ...(told ? [['description', description] as const] : []),
      ['inputs', { task: { type: 'string', required: true, description: 'The first message' } }],
      ['agents', agentList],
      ['nodes', nodeList],
      ['graph', graphKeys],
    ]);
  }

  #pipelineName(config: Place): string {
    const name = config.at('name').optionalText();
    const written = name === undefined || name === DEFAULT_NAME ? baseName(this.file).replace(/\.json$/i, '') : name;
    return toName(written, 'graphflow');
  }

  #tellMemory(config: Place, repeated: ReadonlySet<string>, agents: ReadonlyMap<string, ImportedAgent>): void {
    const listed = [...agents.keys()].filter((name) => repeated.has(name));
    const message = `${someOf(listed)} may run more than once: agents of AutoGen remember what they heard and said`;
    const fix =
      'Agents here hear what is new to them; the prompts that are written add the task and their own last answer.';
    config.at('graph').warn(message, fix);
  }

  #origin(path: YamlPath, from: YamlPath): void {
    this.#origins.set(formatPath(path), from);
  }

  /** Says an issue of the written pipeline at the place that the part came from. */
  #retell({ code, severity, message, path, fix }: Issue): void {
    let at = path;
    while (at !== '' && !this.#origins.has(at)) at = at.replace(/(\.|^)[^.[\]]*$|\[[^[\]]*\]$/, '');
    const origin = this.#origins.get(at) ?? ['config'];
    this.#issues.report(code, origin, `${message} (in the pipeline: ${path})`, { severity, fix });
  }
}

interface Team {
  readonly graph: ImportedGraph;
  readonly names: NodeNames;
  readonly agents: ReadonlyMap<string, ImportedAgent>;
  readonly stops: ImportedStops;
  readonly maxTurns: number | undefined;
}

/** What an agent of AutoGen would remember when it runs again: its own answer, and the task if it ever heard it. */
function rememberingPrompt(node: string, history: Json | undefined): string {
  const hears = !isJsonList(history) || history.some((filter) => isJsonMap(filter) && filter['source'] === USER);
  const answer = `Your last answer, if there was one: \${{ nodes.${node}.output }}`;
  return hears ? `The task: \${{ inputs.task }}\n\n${answer}` : answer;
}

function parseJson(text: string): { value: Json } | { problem: string } {
  try {
    return { value: JSON.parse(text.replace(/^\ufeff/, '')) as Json };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}
