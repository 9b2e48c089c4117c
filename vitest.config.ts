import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Guards against a hang, never a measure of speed: a cold Rust build is part of the suite.
    testTimeout: 120_000,
    hookTimeout: 600_000,
    globalSetup: ['test/setup.ts'],
    pool: 'forks',
    // About half of what tests do is waiting for processes and timers; no test depends on its speed.
    maxWorkers: availableParallelism() + 1,
  },
});
