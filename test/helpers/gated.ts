import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { packagePath } from '../../src/package.js';
import { cli, ownDirs } from './cli.js';
import { restoreEnv } from './env.js';
import { processesWith } from './processes.js';
import { aRepository, contentsOf, gitEnv } from './repository.js';

/** The program of a server that keeps the contract, or not as KV_FAULT has it. */
export function serverProgram(
  fault: { name?: string; after?: number; note?: string } = {},
): string {
  const set = (name: string, value: unknown) =>
    value === undefined ? '' : `process.env.${name} = '${value}';\n`;
  return (
    `// ${fault.note ?? 'a server'}\n${set('KV_FAULT', fault.name)}` +
    `${set('KV_FAULT_AFTER', fault.after)}` +
    `await import(${JSON.stringify(packagePath('fixtures/servers/reference.mjs'))});\n`
  );
}

/** Copies the server without its comments, so that only what it does decides the artifact. */
export const buildProgram = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('dist', { recursive: true });
writeFileSync('dist/server.mjs', readFileSync('server.mjs', 'utf8').replace(/^\\/\\/.*\\n/gm, ''));
`;

/** A policy with one look. Fewer than five rounds can prove nothing: the verdict is known. */
export function lookAt(rounds: number) {
  return { rounds, looks: [{ rounds, regressionAlpha: 0.003, safeAlpha: 0.0125 }] };
}

/** What it is asked if it is not held against the contract, which takes longer. */
const requests = {
  post: { method: 'POST', path: '/', body: '{key}={value}' },
  get: { path: '/{key}', expect: { body: '{value}' } },
};

/** A config whose one target is the server of `server.mjs`, with short rounds. */
export function gateConfig(
  options: {
    target?: { contract?: boolean; [setting: string]: unknown };
    gate?: object;
    run?: object;
  } = {},
): string {
  return JSON.stringify({
    targets: {
      mine: {
        start: { command: [process.execPath, 'server.mjs', '--addr={addr}'] },
        ...options.target,
      },
    },
    run: {
      operations: ['get'],
      rate: 200,
      connections: 2,
      keys: 100,
      // However busy the machine is, no answer is called late.
      durationMs: 50,
      warmupMs: 10,
      timeoutMs: 120_000,
      ...options.run,
    },
    ...(options.target?.contract !== true && { requests }),
    gate: { ...lookAt(1), ...options.gate },
  });
}

/** Settings of a target that is built to one file before it is started. */
export const builtTarget = {
  build: { command: [process.execPath, 'build.mjs'], artifact: 'dist/server.mjs' },
  start: { command: [process.execPath, '{artifact}', '--addr={addr}'], inputs: [] },
};

/** A repository with a server in it, and directories of its own for what kvbench keeps. */
async function aGatedProject(files: Record<string, string> = {}) {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(gitEnv)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const dirs = await ownDirs();
  process.env['KVBENCH_TEST'] = dirs.dir;
  const repository = await aRepository({
    '.gitignore': 'dist\n',
    'server.mjs': serverProgram(),
    'kvbench.config.json': gateConfig(),
    ...files,
  });
  await repository.commit();
  const cache = join(dirs.dir, 'cache', 'kvbench');
  await mkdir(cache, { recursive: true });
  return {
    ...repository,
    cache,
    env: { ...dirs.env, ...gitEnv, KVBENCH_TEST: dirs.dir },
    state: dirs.dir,
    /** Whatever happens meanwhile, it leaves nothing: no process, no scraps, no trace in git. */
    async leavingNothing<T>(work: () => Promise<T>): Promise<T> {
      const untouched = await contentsOf(repository.path);
      const result = await work();
      const left = () => processesWith(`KVBENCH_TEST=${dirs.dir}`);
      await expect.poll(left, { timeout: 30_000 }).toEqual([]);
      expect(await contentsOf(repository.path)).toEqual(untouched);
      expect(await readdir(join(cache, 'builds')).catch(() => [])).toEqual([]);
      return result;
    },
    /** `kvbench gate` in this process and in the repository, which must leave nothing. */
    gate(args: readonly string[], options: Parameters<typeof cli>[1] = {}) {
      return this.leavingNothing(() =>
        cli(['gate', ...args], { cwd: repository.path, env: this.env, ...options }),
      );
    },
    async remove() {
      restoreEnv(before);
      await repository.remove();
      await dirs.remove();
    },
  };
}

type GatedProject = Awaited<ReturnType<typeof aGatedProject>>;

/** For each test of the file such a project, with these files added to its first commit. */
export function useGatedProject(files?: Record<string, string>): {
  readonly current: GatedProject;
} {
  let project: GatedProject;
  beforeEach(async () => {
    project = await aGatedProject(files);
  });
  afterEach(() => project.remove());
  return {
    get current() {
      return project;
    },
  };
}
