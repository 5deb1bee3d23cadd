/** The files of a deployment, as far as they can be checked without an engine for containers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ignore from 'ignore';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildProgram } from '../../src/cli/program.js';
import { ROOT } from './source-files.js';

const dockerfile = read('Dockerfile');
const instructions = dockerfile
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ word: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1).trim() }));

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

const compose = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const own = services.filter(([, service]) => service.build !== undefined);

describe('Dockerfile', () => {
  it('copies only files that exist and that .dockerignore lets through', () => {
    const ignored = ignore().add(read('.dockerignore'));
    const sources = instructions
      .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(8);
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    expect(sources.filter((source) => ignored.ignores(source))).toEqual([]);
    for (const secret of ['.env', '.git/config', 'node_modules/x', '.nexum/nexum.db', 'test/x']) {
      expect(ignored.ignores(secret), secret).toBe(true);
    }
  });

  it('puts everything that the package publishes into the last stage', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM'));
    expect(files.filter((file) => !new RegExp(`^COPY .*\\b${file}\\b`, 'm').test(last))).toEqual([]);
  });

  it('runs a Node that the package supports, the same one in both stages', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, least = ''] = /^>=(\d+)/.exec(engines.node) ?? [];
    const images = instructions.filter(({ word }) => word === 'FROM').map(({ rest }) => rest.split(' ')[0] ?? '');
    const versions = images.map((image) => /^node:(\d+)-(\w+)/.exec(image)?.slice(1) ?? []);
    expect(versions).toHaveLength(2);
    expect(versions[0]).toEqual(versions[1]);
    // The minor of `engines` matters only within its own major.
    expect(Number(versions[0]?.[0])).toBeGreaterThan(Number(least));
  });

  it('runs the command as a user without rights, without a shell, and asks for the health that a server serves', () => {
    const value = (word: string): string => instructions.findLast((one) => one.word === word)?.rest ?? '';
    expect(value('USER')).toBe('node');
    expect(JSON.parse(value('ENTRYPOINT'))).toEqual(['nexum']);
    const [, port = ''] = /NEXUM_HTTP=\S+:(\d+)/.exec(value('ENV')) ?? [];
    expect(value('HEALTHCHECK')).toContain(`"/app/scripts/container-health.js", "127.0.0.1:${port}"`);
    expect(value('EXPOSE').split(' ')).toContain(port);
  });

  it('starts with a command that exists', () => {
    const line = JSON.parse(instructions.findLast(({ word }) => word === 'CMD')?.rest ?? '') as string[];
    expect(problemsOf(line)).toEqual([]);
  });
});

describe('compose.yaml', () => {
  it('has a database, two servers and two workers', () => {
    expect(services.map(([name]) => name)).toEqual(['postgres', 'server1', 'server2', 'worker1', 'worker2']);
    expect(own.map(([, { command }]) => command?.[0])).toEqual(['server', 'server', 'worker', 'worker']);
  });

  it.each(own)('%s is a command line of nexum', (_name, { command = [] }) => {
    expect(problemsOf(command)).toEqual([]);
  });

  it('waits for what a service needs, and those say when they are healthy', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const service = compose.services[needed];
        expect(condition).toBe('service_healthy');
        expect(service?.healthcheck?.test ?? service?.build, `${name} needs ${needed}`).toBeDefined();
      }
    }
    const checked = own.filter(([, { healthcheck }]) => healthcheck?.disable !== true).map(([name]) => name);
    expect(checked).toEqual(['server1', 'server2']);
  });

  it('opens ports to this machine only, each once, and declares its volumes', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(new Set(ports).size).toBe(ports.length);
    const volumes = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '');
    for (const volume of volumes) {
      if (volume.startsWith('.')) expect(existsSync(join(ROOT, volume)), volume).toBe(true);
      else expect(compose.volumes).toHaveProperty(volume);
    }
  });

  it('holds no password', () => {
    expect(read('compose.yaml')).not.toMatch(/PASSWORD: (?!\$\{)/);
  });
});

/** What is wrong with `<verb> <options and arguments>`: unknown verb, unknown option, missing value. */
function problemsOf([verb = '', ...args]: readonly string[]): string[] {
  const options = optionsOf(verb);
  const problems: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('--')) continue;
    const takesValue = options.get(arg);
    if (takesValue === undefined) problems.push(`${verb} has no option ${arg}`);
    if (takesValue === true && (args[index + 1] ?? '--').startsWith('--')) problems.push(`${arg} needs a value`);
  }
  return problems;
}

/** The long options of a verb and the global ones, with whether they take a value. */
function optionsOf(verb: string): ReadonlyMap<string, boolean> {
  const program = buildProgram();
  const command = program.commands.find((one) => one.name() === verb);
  if (!command) throw new Error(`nexum has no command ${verb}`);
  return new Map([...command.options, ...program.options].map((option) => [option.long ?? '', option.required]));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
