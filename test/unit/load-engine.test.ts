import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildLoadEngine } from '../../src/targets/load-engine.js';

let cacheDir: string;

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'kvbench-engine-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true, force: true });
});

test('without cargo the engine that needs none is named', async () => {
  vi.stubEnv('PATH', cacheDir);
  const built = buildLoadEngine({ cacheDir, signal: new AbortController().signal });
  await expect(built).rejects.toMatchObject({
    kind: 'target',
    message: "load-engine can't be built: there is no `rustc` on the PATH.",
    hint: 'Install Rust from https://rustup.rs, or use --engine undici.',
  });
});
