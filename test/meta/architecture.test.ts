/**
 * Holds the layers of src/ as data and fails on every import that the table does not allow, with the reason of the rule.
 * To change a rule, change the table here and say why in docs/adr/.
 */
import { describe, expect, it } from 'vitest';
import { readSourceFiles, type SourceFile } from './source-files.js';

interface Layer {
  readonly name: string;
  /** Files and folders of src/ that make up the layer. */
  readonly files: readonly string[];
  /** Files and folders that it may import besides itself. */
  readonly may: readonly string[];
  /** Printed when another import turns up. */
  readonly because: string;
}

const GENERATED = 'rpc/generated/';
const WIRE = [GENERATED, 'rpc/protocol.ts', 'rpc/status.ts', 'rpc/methods.ts', 'rpc/connection.ts'];
const CLIENT = [
  'rpc/client.ts',
  'rpc/payload-reader.ts',
  'rpc/reconnecting-stream.ts',
  'rpc/channels.ts',
  'rpc/endpoints.ts',
];

/** What a consumer of a store sees of it. */
const PORT = ['store/store.ts', 'store/payload-missing.ts', 'store/event-page.ts'];
/** What every driver does before it writes. */
const RECORDS = ['store/execution-records.ts', 'store/merged-changes.ts', 'store/blob.ts', 'store/purge.ts'];

/** From the bottom to the top. A layer never imports one that stands below it in this list. */
const LAYERS: readonly Layer[] = [
  {
    name: 'errors',
    files: ['errors.ts', 'error-rule.ts', 'handler-errors.ts'],
    may: [],
    because:
      'the error table is imported by everybody; an import of its own would drag every layer into every other one',
  },
  {
    name: 'failpoint',
    files: ['failpoint.ts'],
    may: [],
    because: 'crash windows lie in many layers; what names them must not tie these layers together',
  },
  {
    name: 'schedule',
    files: ['schedule/'],
    may: [],
    because: 'the times of a cron expression are a function of its text; the engine and the compiler get it handed in',
  },
  {
    name: 'core',
    files: ['core/'],
    may: ['errors.ts'],
    because:
      'core decides every transition as a pure function; what it does not import it cannot depend on, a clock or a disk least of all',
  },
  {
    name: 'pipeline',
    files: ['pipeline/'],
    may: ['errors.ts', 'core/'],
    because:
      'the compiler turns text into an IR and evaluates expressions; it runs in the CLI, in workers and in the server alike',
  },
  {
    name: 'simulation',
    files: ['simulation/'],
    may: ['errors.ts', 'core/', 'pipeline/'],
    because:
      'tests of pipelines run the decisions of core in memory; without a store, an engine or a worker in reach there is nothing that a clock or a disk could make flaky',
  },
  {
    name: 'store port',
    files: PORT,
    may: ['core/'],
    because: 'the port belongs to its consumer, the engine; it names records of core and no database',
  },
  {
    name: 'records in memory',
    files: RECORDS,
    may: ['core/', ...PORT],
    because: 'what every driver does with records in memory is written once; it knows no database',
  },
  {
    name: 'store/sqlite',
    files: ['store/sqlite/'],
    may: ['errors.ts', 'core/', ...RECORDS, ...PORT],
    because: 'a driver implements the port and knows no rule of the engine; business rules exist once, in core',
  },
  {
    name: 'store/postgres',
    files: ['store/postgres/'],
    may: ['errors.ts', 'core/', ...RECORDS, ...PORT],
    because: 'a driver implements the port and knows no rule of the engine; business rules exist once, in core',
  },
  {
    name: 'engine',
    files: ['engine/'],
    may: ['errors.ts', 'failpoint.ts', 'core/', ...PORT],
    because: 'the engine knows the port and never a driver; expressions and input rules are handed in by the server',
  },
  {
    name: 'rpc wire',
    files: WIRE,
    may: ['errors.ts', 'failpoint.ts', 'core/payload-limit.ts'],
    because: 'the contract is shared by service and client, so it can know neither of them',
  },
  {
    name: 'rpc client',
    files: CLIENT,
    may: ['errors.ts', ...WIRE],
    because: 'clients and workers are separate processes; code of the server in them would be dead weight at best',
  },
  {
    name: 'rpc service',
    files: [
      'rpc/service.ts',
      'rpc/task-service.ts',
      'rpc/execution-service.ts',
      'rpc/workflow-service.ts',
      'rpc/admin-service.ts',
      'rpc/call-service.ts',
      'rpc/unary.ts',
      'rpc/payload-stream.ts',
      'rpc/streams.ts',
      'rpc/messages.ts',
      'rpc/usage-messages.ts',
      'rpc/detail-messages.ts',
      'rpc/admin-messages.ts',
      'rpc/local-stub.ts',
      'rpc/grpc-server.ts',
      'rpc/listen.ts',
      'rpc/listen-rule.ts',
      'rpc/access.ts',
      'rpc/guard.ts',
      'rpc/token-file.ts',
    ],
    may: ['errors.ts', 'failpoint.ts', 'core/', 'engine/engine-port.ts', 'engine/execution-detail.ts', ...WIRE],
    because: 'the service talks to an engine through its port only, so that the engine can run in a thread of its own',
  },
  {
    name: 'tracing',
    files: ['tracing/'],
    may: [],
    because:
      'spans are recorded in workers, agents and servers alike; what names them must not tie these layers together',
  },
  {
    name: 'worker',
    files: ['worker/'],
    may: [
      'errors.ts',
      'failpoint.ts',
      'core/',
      'pipeline/attempt.ts',
      'pipeline/expressions.ts',
      'tracing/',
      ...CLIENT,
      ...WIRE,
    ],
    because:
      'a worker knows the server by its wire contract alone; with the engine or the store in reach it could go past the fence',
  },
  {
    name: 'durable',
    files: ['durable/'],
    may: [
      'errors.ts',
      'failpoint.ts',
      'core/',
      'tracing/',
      'worker/handler.ts',
      'worker/heartbeat.ts',
      ...CLIENT,
      ...WIRE,
    ],
    because:
      'durable calls are a client with leases: of the worker they need the contract of handlers and the keeper of leases',
  },
  {
    name: 'sandbox',
    files: ['sandbox/'],
    may: ['errors.ts', 'failpoint.ts', 'core/'],
    because: 'code that a model wrote runs there; whatever this folder imports is within reach of a mistake',
  },
  {
    name: 'handlers',
    files: ['handlers/'],
    may: ['errors.ts', 'core/', 'worker/handler.ts', 'sandbox/'],
    because: 'a handler sees the contract of handlers and nothing of the machinery that runs it, as those of users do',
  },
  {
    name: 'agents',
    files: ['agents/'],
    may: [
      'errors.ts',
      'core/',
      'sandbox/',
      'handlers/',
      'tracing/',
      'worker/handler.ts',
      'pipeline/output-schema.ts',
      'pipeline/pattern.ts',
    ],
    because:
      'the agent loop is a handler: its documents come from handlers/, its durable calls arrive as a session in the context',
  },
  {
    name: 'server',
    files: ['server/'],
    may: ['errors.ts', 'schedule/', 'core/', 'pipeline/', 'store/', 'engine/', 'rpc/', 'tracing/'],
    because: 'the composition root of the server wires what is below it; workers and handlers are other processes',
  },
  {
    name: 'sessions of programs',
    files: ['sdk/'],
    may: ['errors.ts', 'core/', 'rpc/', 'worker/', 'durable/', 'server/'],
    because: 'a session without an address brings its own server; nothing below it needs to know that',
  },
  {
    name: 'public API',
    files: ['index.ts'],
    may: ['errors.ts', 'core/', 'pipeline/', 'rpc/', 'worker/', 'durable/', 'handlers/', 'agents/', 'server/', 'sdk/'],
    because: 'the public API re-exports; it is imported by nobody inside',
  },
  {
    name: 'cli',
    files: ['cli/'],
    may: [
      'errors.ts',
      'failpoint.ts',
      'schedule/',
      'core/',
      'pipeline/',
      'simulation/',
      'rpc/',
      'worker/',
      'durable/',
      'handlers/',
      'agents/',
      'server/',
      'sdk/',
      // `nexum version` and `nexum doctor` say which SQLite this installation loads, and look at the database.
      'store/sqlite/connection.ts',
      'store/postgres/inspect.ts',
    ],
    because: 'the CLI puts servers, workers and clients together; it asks the engine and the store only through them',
  },
];

/** The one place that imports a third-party package, so that replacing the package changes one folder. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@actions/expressions': ['pipeline/'],
  '@grpc/grpc-js': ['rpc/'],
  '@grpc/proto-loader': ['rpc/'],
  '@grpc/reflection': ['rpc/'],
  '@jitl/quickjs-wasmfile-release-sync': ['sandbox/'],
  '@modelcontextprotocol/client': ['handlers/mcp/'],
  '@mozilla/readability': ['handlers/web/'],
  '@opentelemetry/api': ['tracing/'],
  ajv: ['pipeline/'],
  'ajv-formats': ['pipeline/'],
  'better-sqlite3': ['store/sqlite/'],
  canonicalize: ['core/canonical-json.ts'],
  commander: ['cli/'],
  croner: ['schedule/'],
  'fastest-levenshtein': ['pipeline/'],
  // TextRank needs PageRank on a graph of sentences: another use of the package, not another way into pipelines.
  graphology: ['pipeline/', 'handlers/text-rank.ts'],
  'graphology-dag': ['pipeline/'],
  'graphology-metrics': ['handlers/text-rank.ts'],
  'grpc-health-check': ['rpc/'],
  htmlparser2: ['handlers/'],
  ignore: ['handlers/'],
  'ipaddr.js': ['handlers/web/'],
  linkedom: ['handlers/web/'],
  'log-update': ['cli/'],
  'markdown-it': ['handlers/'],
  minisearch: ['handlers/'],
  pg: ['store/postgres/'],
  openai: ['agents/'],
  pino: ['cli/'],
  'prom-client': ['server/'],
  'quickjs-emscripten-core': ['sandbox/'],
  re2js: ['pipeline/'],
  stemmer: ['handlers/'],
  turndown: ['handlers/web/'],
  undici: ['handlers/web/'],
  yaml: ['pipeline/'],
  zod: ['pipeline/'],
};

/** Modules of Node that layers without I/O may import. Everything else there is handed in. */
const PURE_LAYERS: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  // It reads one environment variable and ends the process; both are globals.
  'failpoint.ts': [],
  'core/': [],
  'simulation/': [],
  'schedule/': [],
  // sha256 of the IR, paths of files beside a file: functions of their arguments. createRequire: ajv is loaded with the
  // first schema.
  'pipeline/': ['node:crypto', 'node:module', 'node:path'],
};

const MAX_LINES = 350;
const FORBIDDEN_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc']);

const sources = readSourceFiles();
const written = sources.filter(({ path }) => !path.startsWith(GENERATED));

describe('the layers of src/', () => {
  it('has a layer for every file', () => {
    expect(sources.map(({ path }) => path).filter((path) => layerOf(path) === undefined)).toEqual([]);
  });

  it('imports only downwards, along the table', () => {
    const problems = sources.flatMap(({ path, files }) => {
      const layer = layerOf(path);
      if (!layer) return [];
      const forbidden = files.filter((to) => !isIn(to, layer.files) && !isIn(to, layer.may));
      return forbidden.map(
        (to) => `${path} imports ${to}, but ${layer.because} (may: ${layer.may.join(', ') || 'nothing'})`,
      );
    });
    expect(problems).toEqual([]);
  });

  it('lists in the table only layers that stand further down', () => {
    const problems = LAYERS.flatMap(({ name, may }, index) =>
      LAYERS.slice(index).flatMap((above) =>
        may
          .filter((target) => above.files.some((file) => file.startsWith(target)))
          .map((target) => `${name} may import ${target}`),
      ),
    );
    expect(problems).toEqual([]);
  });

  it('has no import cycles between files', () => {
    // Not counted: `import()`. A command loads what it needs when it runs, so that `nexum --help` stays fast.
    expect(findCycle(written)).toBeUndefined();
  });

  it('imports files that exist', () => {
    const known = new Set(sources.map(({ path }) => path));
    const missing = sources.flatMap(({ path, files }) =>
      files.filter((to) => !known.has(to)).map((to) => `${path} -> ${to}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('third-party packages', () => {
  it('have one owner each', () => {
    const problems = sources.flatMap(({ path, packages }) =>
      packages
        .filter((name) => !isIn(path, PACKAGE_OWNERS[name] ?? []))
        .map(
          (name) =>
            `${path} imports ${name}, which belongs to ${PACKAGE_OWNERS[name]?.join(', ') ?? 'nobody: add it to the table'}`,
        ),
    );
    expect(problems).toEqual([]);
  });

  it('stay out of the layers without I/O, as far as they are modules of Node', () => {
    const problems = Object.entries(PURE_LAYERS).flatMap(([layer, allowed]) =>
      sources
        .filter(({ path }) => isIn(path, [layer]))
        .flatMap(({ path, nodeModules }) =>
          nodeModules
            .filter((name) => !allowed.includes(name))
            .map((name) => `${path} imports ${name}: pass in what it is needed for`),
        ),
    );
    expect(problems).toEqual([]);
  });
});

describe('the files of src/', () => {
  it(`have at most ${MAX_LINES} lines`, () => {
    const long = written.filter(({ lines }) => lines > MAX_LINES).map(({ path, lines }) => `${path}: ${lines}`);
    expect(long, 'split the file by what it owns').toEqual([]);
  });

  it('are named after what they hold', () => {
    const vague = written.filter(
      ({ path }) => FORBIDDEN_NAMES.has(baseName(path)) || (baseName(path) === 'index' && path !== 'index.ts'),
    );
    expect(vague.map(({ path }) => path)).toEqual([]);
  });

  it('never write to the console', () => {
    // Output goes through cli/output.ts, which keeps data on stdout and everything else on stderr.
    // What a comment or a text for models says of the console of a sandbox is no call of ours.
    const calls = /(?<![`\w' ])console\.|^\s*console\./m;
    expect(written.filter(({ text }) => calls.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

function layerOf(path: string): Layer | undefined {
  return LAYERS.find(({ files }) => isIn(path, files));
}

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, '');
}

/** The first cycle as a closed path, found depth first. */
function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const imports = new Map(files.map(({ path, loaded }) => [path, loaded]));
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (finished.has(path)) return undefined;
    const start = trail.indexOf(path);
    if (start >= 0) return [...trail.slice(start), path];
    for (const to of imports.get(path) ?? []) {
      const cycle = visit(to, [...trail, path]);
      if (cycle) return cycle;
    }
    finished.add(path);
    return undefined;
  };
  for (const { path } of files) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}
