import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begins with the files that take long, so that none of them is left when all others are done. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (/\/test\/unit\//.test(moduleId) ? 1 : 0);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Guards against a hang, never a measure of speed: a cold Rust build is part of the suite.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    globalSetup: ['test/setup.ts'],
    // Tests have caches of their own, in which each would compile the native engine: those that are
    // about it say so.
    env: { KVBENCH_ENGINE: 'undici' },
    pool: 'forks',
    // About half of what tests do is waiting for processes and timers; no test depends on its speed.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
  },
});
