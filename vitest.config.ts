import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begins with the files that take long, so that none of them is left when all others are done: ends with units. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (/\/test\/unit\//.test(moduleId) ? 1 : 0);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

const options = {
  // Guards against a hang, never a measure of speed: a cold Rust build is part of the suite.
  testTimeout: 300_000,
  hookTimeout: 600_000,
  // Where nobody is there to try again what a shared machine has disturbed. It is named at the end.
  retry: process.env['CI'] ? 1 : 0,
  // Tests have caches of their own, in which each would compile the native engine: those that are
  // about it say so.
  env: { KVBENCH_ENGINE: 'undici' },
  pool: 'forks',
} as const;

/** In one process after another's: to load half of `src/` for each file takes longer than most of them do. */
const together = { isolate: false } as const;

const units = 'test/unit/**/*.test.ts';
/** They put something else in the place of a module, which must not be loaded before. */
const mocking = 'test/unit/one-more-*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/setup.ts'],
    // About half of what tests do is waiting for processes and timers; no test depends on its speed.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...options,
          name: 'apart',
          include: ['test/e2e/**/*.test.ts', mocking],
        },
      },
      {
        test: {
          ...options,
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          ...together,
        },
      },
      {
        test: {
          ...options,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          ...together,
        },
      },
      {
        test: {
          ...options,
          name: 'unit',
          include: [units],
          exclude: [mocking],
          ...together,
        },
      },
    ],
  },
});
