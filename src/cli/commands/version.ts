/** `nexum version`: what a bug report needs. */
import type { Command } from 'commander';
import { packageVersion } from '../../server/package-version.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';

export const versionCommand: CliCommand = {
  name: 'version',
  summary: 'Print the versions of nexum, Node.js and SQLite',
  define(command) {
    command.action(async (_flags: unknown, self: Command) => {
      const { output } = CommandContext.of(self);
      const versions = { nexum: packageVersion(), node: process.versions.node, sqlite: await findSqliteVersion() };
      const { nexum, node, sqlite } = versions;
      output.data(versions, `nexum ${nexum}\nnode ${node}\nsqlite ${sqlite ?? 'not loadable: see nexum doctor'}`);
    });
    addExamples(command, [['nexum version --json', '{"nexum", "node", "sqlite"}']]);
  },
};

async function findSqliteVersion(): Promise<string | null> {
  try {
    const { openDatabase, sqliteVersion } = await import('../../store/sqlite/connection.js');
    const database = openDatabase(':memory:');
    const version = sqliteVersion(database);
    database.close();
    return version;
  } catch {
    return null;
  }
}
