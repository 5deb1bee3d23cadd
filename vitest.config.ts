import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files take longest; without a record of earlier runs nothing else says so. */
const LONGEST = ['test/graph/', 'test/unit/engine/races', 'test/store/', 'test/property/', 'test/e2e/'];

/** The longest first: one that begins last would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.replaceAll('\\', '/').includes(name));
      return found === -1 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** They judge who runs again after a death or a lost lease, within times that a machine busy with other tests would not keep. */
const ALONE = [
  'test/crash/**/*.test.ts',
  'test/e2e/worker-*.test.ts',
  'test/e2e/*many-servers.test.ts',
  'test/e2e/cli-crash-demo.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts', 'test/support/postgres-setup.ts'],
    // Real processes start, die and come back inside one test; the limit only ends what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', ['json', { outputFile: 'node_modules/.vitest/results.json' }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          // Two at least: much of the time is waiting. By default two cores run one file at a time.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
