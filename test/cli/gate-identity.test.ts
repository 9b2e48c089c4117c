import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli } from '../helpers/cli.js';
import {
  buildProgram,
  builtTarget,
  gateConfig,
  lookAt,
  serverProgram,
  useGatedProject,
} from '../helpers/gated.js';

const projects = useGatedProject();

const out = () => join(projects.current.state, 'gate.json');
const run = (...args: string[]) =>
  projects.current.gate(['--base', 'main', '--out', out(), ...args]);

/** What differs is told before any round: none is measured. */
const compare = (...args: string[]) => run('--max-wait', '1ms', ...args);

const identical = /^pass: .*so there is nothing to measure\.$/m;
const config = (target: object, more: object = {}) => ({
  'kvbench.config.json': gateConfig({ target: { ...target }, ...more }),
});
/** As people read it: lines that were wrapped are one. */
const flat = (text: string) => text.replace(/\n {2}/g, ' ');

describe('what may reach the running server is measured', () => {
  test('a file of the repository outside the directory of the target', async () => {
    await projects.current.commit({
      'services/api/server.mjs': serverProgram(),
      'packages/lib/index.mjs': 'export const slow = false;',
      ...config({ dir: 'services/api' }),
    });
    await projects.current.write({ 'packages/lib/index.mjs': 'export const slow = true;' });
    const { stdout, stderr } = await run();
    expect(stdout).toContain('differs in packages/lib/index.mjs\n');
    expect(flat(stdout)).not.toMatch(identical);
    expect(stderr).toContain('round 1/1');
  });

  test('a file that it reads as it runs, though what is built is the same', async () => {
    const { inputs: _, ...start } = builtTarget.start;
    await projects.current.commit({
      'build.mjs': buildProgram,
      'settings.txt': 'fast',
      'README.md': 'one',
      ...config({ build: { ...builtTarget.build, inputs: ['*.mjs'] }, start }),
    });
    await projects.current.write({ 'settings.txt': 'slow' });
    expect((await compare()).stdout).toContain('differs in settings.txt\n');
    await projects.current.write({ 'settings.txt': 'fast', 'README.md': 'two' });
    const { stdout } = await run();
    expect(flat(stdout)).toMatch(/^pass: mine is built to the same bytes as at main/m);
  });

  test.each([
    [
      'the command',
      { start: { command: [process.execPath, '--no-warnings', ...commandOf().slice(1)] } },
    ],
    ['a variable', { start: { command: commandOf(), env: { GOGC: '50' } } }],
  ])('%s of the config, by which each side is started as its own says', async (_, target) => {
    await projects.current.commit();
    await projects.current.write(config(target));
    const { stdout } = await compare();
    expect(stdout).toMatch(/^differs in start\.(command|env)$/m);
    expect(stdout).toMatch(/^inconclusive: /m);
  });

  test('a change of the load alone is none of the server', async () => {
    await projects.current.commit();
    await projects.current.write(config({}, { run: { keys: 90 } }));
    expect(flat((await run()).stdout)).toMatch(identical);
  });

  test('a base without a config is started as head says, and that is told', async () => {
    await rm(join(projects.current.path, 'kvbench.config.json'));
    await projects.current.commit();
    await projects.current.write({ 'kvbench.config.json': gateConfig() });
    const { stdout, code } = await compare('--force');
    expect(flat(stdout)).toContain('has no kvbench.config.json, so it is built, started and asked');
    expect(code).toBe(0);
  });

  test('two directories by their files, whatever is built of them', async () => {
    const dirs = ['old', 'new'].map((name) => join(projects.current.state, name));
    for (const dir of dirs) {
      await mkdir(dir);
      await writeFile(join(dir, 'server.mjs'), serverProgram());
      await writeFile(join(dir, 'data'), 'the same');
    }
    const [base = '', head = ''] = dirs;
    const gate = (...args: string[]) =>
      projects.current.gate(['--base-dir', base, '--head-dir', head, '--max-wait', '1ms', ...args]);
    expect(flat((await gate()).stdout)).toMatch(identical);
    await writeFile(join(head, 'data'), 'another!');
    expect((await gate()).stdout).toContain('differs in data\n');
  });
});

test('a server without a build costs nothing for a README, where it says what it reads', async () => {
  const start = { command: commandOf(), inputs: ['*.mjs'] };
  await projects.current.commit({ 'README.md': 'one', ...config({ start }) });
  await projects.current.write({ 'README.md': 'two' });
  expect(flat((await run()).stdout)).toMatch(identical);
  await projects.current.write({ 'server.mjs': serverProgram({ note: 'another' }) });
  expect((await compare()).stdout).toContain('differs in server.mjs\n');
});

function commandOf() {
  return [process.execPath, 'server.mjs', '--addr={addr}'];
}

describe('a change of what is asked', () => {
  const requests = {
    post: { method: 'POST', path: '/', body: '{key}={value}' },
    get: { path: '/{key}', expect: { body: '{value}' } },
  };
  const added = (request: object) => ({
    'kvbench.config.json': JSON.stringify({
      ...JSON.parse(gateConfig({ gate: { ...lookAt(1), allowances: { 'stats.p50': 0.2 } } })),
      requests: { ...requests, stats: request },
      run: {
        operations: ['get', 'stats'],
        rate: 200,
        connections: 2,
        keys: 50,
        durationMs: 50,
        warmupMs: 10,
        timeoutMs: 120_000,
      },
    }),
  });

  test('a request that only head has is checked there, listed, and not compared', async () => {
    await projects.current.commit();
    await projects.current.write(added({ path: '/nothing-there', expect: { status: 404 } }));
    const { code, stdout } = await run();
    expect(stdout).toContain('stats: new or mended, not compared: base has no request of the name');
    expect(stdout).toMatch(/^get P50 /m);
    expect(stdout).not.toMatch(/^stats P50 /m);
    expect(code).toBe(0);
    const replayed = await cli(['gate', '--replay', out()], { cwd: projects.current.path });
    expect(replayed.stdout).toBe(stdout);
    // Head must answer it.
    await projects.current.write(added({ path: '/nothing-there', expect: { status: 200 } }));
    const wrong = await run();
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('head does not answer as described');
  });

  test('a base that answers wrongly, and a head that mends it', async () => {
    await projects.current.commit({
      'server.mjs': serverProgram({ name: 'wrong-body', after: 1 }),
    });
    await projects.current.write({ 'server.mjs': serverProgram() });
    const { code, stdout } = await run();
    expect(flat(stdout)).toMatch(
      /^inconclusive: head answers as described, and main \(\w+\) can be asked none of it\./m,
    );
    expect(flat(stdout)).toContain('base does not answer get as described');
    expect(code).toBe(0);
    expect((await run('--on-inconclusive', 'fail')).code).toBe(4);
  });

  test.each([
    ['does not build', { 'build.mjs': 'process.exit(1);' }],
    ['does not start', { 'build.mjs': buildProgram, 'server.mjs': 'process.exit(1);' }],
  ])('a base that %s: an error, or with --on-base-failure warn none', async (_, broken) => {
    const built = config({ ...builtTarget });
    await projects.current.commit({ ...built, ...broken });
    await projects.current.write({ 'build.mjs': buildProgram, 'server.mjs': serverProgram() });
    expect((await run()).code).toBe(3);
    const { code, stdout } = await run('--on-base-failure', 'warn');
    expect(flat(stdout)).toContain('there is no base to compare it with.');
    expect(code).toBe(0);
    // Head has to be right all the same.
    await projects.current.write({ 'server.mjs': 'process.exit(2);' });
    expect((await run('--on-base-failure', 'warn')).code).toBe(3);
  });
});

describe('a checkout is set up', () => {
  /** What `npm ci` would bring: a module that git ignores, and a count of how often it was brought. */
  const install = `
    import { appendFileSync, cpSync, readFileSync } from 'node:fs';
    readFileSync('lock.json');
    cpSync('vendored', 'node_modules', { recursive: true });
    appendFileSync(process.env.COUNT, 'x');
  `;
  const files = (setup: object) => ({
    '.gitignore': 'node_modules\n',
    'lock.json': '{}',
    'install.mjs': install,
    'vendored/dependency/index.mjs': 'export const here = true;',
    'vendored/dependency/package.json': '{ "exports": "./index.mjs" }',
    'server.mjs': `import 'dependency';\n${serverProgram()}`,
    ...config({ setup, start: { command: commandOf() } }),
  });
  const setup = () => ({
    command: [process.execPath, 'install.mjs'],
    env: { COUNT: join(projects.current.state, 'count') },
  });

  test('by its command, once for each lockfile, and never in the working tree', async () => {
    const cached = { ...setup(), inputs: ['lock.json'], keep: ['node_modules'] };
    await writeFile(join(projects.current.state, 'count'), '');
    await projects.current.commit(files(cached));
    await projects.current.write({ 'server.mjs': `import 'dependency';\n${serverProgram()}//\n` });
    const count = async () => (await readCount()).length;
    const { code, stderr } = await compare();
    expect(stderr).toContain('setting up the base …');
    expect(code).toBe(0);
    expect(await count()).toBe(1);
    expect((await compare()).code).toBe(0);
    expect(await count()).toBe(1);
    await projects.current.write({ 'lock.json': '{ "new": 1 }' });
    expect((await compare()).code).toBe(0);
    expect(await count()).toBe(2);
  });

  test('what it says and does not leave, or fails with, is told', async () => {
    await projects.current.commit(files({ ...setup(), keep: ['vendor'] }));
    const wrong = await run('--force');
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toMatch(/The base, main .*: mine was set up, and left no vendor/);
    await projects.current.commit(files({ command: [process.execPath, '-e', 'process.exit(4)'] }));
    expect((await run('--force')).stderr).toContain('mine was not set up');
  });

  test('without it the hint names what git ignores', async () => {
    const { start } = { start: { command: commandOf() } };
    await projects.current.commit({ ...files({}), ...config({ start }) });
    await projects.current.write({ 'node_modules/dependency/index.mjs': '' });
    const { code, stderr } = await run('--force');
    expect(stderr).toContain('Neither build has node_modules/, which git ignores');
    expect(code).toBe(3);
  });
});

function readCount(): Promise<string> {
  return readFile(join(projects.current.state, 'count'), 'utf8');
}

describe('a build that asks git', () => {
  const told = () => readFile(join(projects.current.state, 'told'), 'utf8');
  const build = {
    command: `${process.execPath} build.mjs && git describe --dirty | tee -a dist/server.mjs "$KVBENCH_TEST/told"`,
    shell: true,
    artifact: 'dist/server.mjs',
    toolchain: [['git', '--version']],
  };
  // What git says stands behind the end of what Node reads.
  const program = `${buildProgram}
import { appendFileSync } from 'node:fs';
appendFileSync('dist/server.mjs', '//');
`;

  test('is answered on both sides where its target says so', async () => {
    await projects.current.commit({
      'build.mjs': program,
      ...config({ ...builtTarget, build, git: true }),
    });
    await projects.current.git('tag', '--annotate', 'v1.2', '--message', 'x');
    await projects.current.write({ 'README.md': 'one' });
    const short = (await projects.current.git('rev-parse', '--short', 'HEAD')).trim();
    const { stdout } = await run();
    // A new file alone is no change to `git describe --dirty`.
    expect(await told()).toBe('v1.2\nv1.2\n');
    expect(flat(stdout)).toMatch(identical);

    const next = await projects.current.commit();
    await projects.current.write({ 'README.md': 'two' });
    const second = await compare('--base', short);
    expect(await told()).toBe(`v1.2\nv1.2\nv1.2-1-g${next.slice(0, 7)}-dirty\n`);
    expect(second.stdout).toContain('differs in what is built alone\n');
  });

  test.each([
    [
      'without a repository says what would bring one',
      {},
      'The checkout is no repository: give the version by a variable, in build.env, or set "git": true',
    ],
    [
      'without a tag that leads there says where tags are',
      { git: true },
      'The clone has no tag that leads to the commit: fetch the whole history (fetch-depth: 0).',
    ],
  ])('%s', async (_, target, hint) => {
    const asking = { command: ['git', 'describe'] };
    await projects.current.commit(
      config({ ...target, build: asking, start: { command: commandOf() } }),
    );
    const { code, stderr } = await run('--force');
    expect(flat(stderr)).toContain(hint);
    expect(code).toBe(3);
  });
});

test('a base that has commits which head was not made of', async () => {
  await projects.current.git('checkout', '--quiet', '-b', 'topic');
  await projects.current.commit({ 'server.mjs': serverProgram({ note: 'topic' }) });
  await projects.current.git('checkout', '--quiet', 'main');
  await projects.current.commit({ other: '1' });
  const fork = await projects.current.git('rev-parse', 'main~1');
  await projects.current.git('checkout', '--quiet', 'topic');
  const { stdout } = await compare();
  expect(flat(stdout)).toContain('has commits that head was not made of');
  expect(flat(stdout)).toContain(`--base ${fork.slice(0, 12)}`);
});

test('a trailer of a commit allows what it costs, and that is told', async () => {
  await projects.current.git('checkout', '--quiet', '-b', 'topic');
  await projects.current.write({ 'server.mjs': serverProgram({ note: 'slower, and better' }) });
  await projects.current.git('add', '--all');
  const message = 'Check more\n\nKvbench-Allow: get.p50=40% until 2999-12-31\nKvbench-Allow: x\n';
  await projects.current.git('commit', '--quiet', '--message', message);
  const { stdout } = await run();
  expect(stdout).toMatch(/^get P50 .* \+40 % /m);
  expect(flat(stdout)).toContain('get.p50: +40 % is allowed on purpose until 2999-12-31, by');
  expect(flat(stdout)).toMatch(/warning: Kvbench-Allow of \w{7} allows nothing: "x"/);
});
