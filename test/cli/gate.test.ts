import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gateExitCode } from '../../src/gate/judge.js';
import { gateResultSchema } from '../../src/gate/schema.js';
import { type GateOptions, gate, KvbenchError, replayGate } from '../../src/index.js';
import { packagePath } from '../../src/package.js';
import { bundledAnd, cli, fixtureTarget } from '../helpers/cli.js';
import {
  buildProgram,
  builtTarget,
  gateConfig,
  lookAt,
  serverProgram,
  useGatedProject,
} from '../helpers/gated.js';
import { validatorOf } from '../helpers/json-schema.js';

const bundled = bundledAnd(fixtureTarget());

const projects = useGatedProject();

const changed = { 'server.mjs': serverProgram({ note: 'another' }) };
const out = () => join(projects.current.state, 'gate.json');
const saved = async () => gateResultSchema.parse(JSON.parse(await readFile(out(), 'utf8')));

type CliOptions = Parameters<typeof cli>[1];

function run(args: readonly string[], options: CliOptions = {}) {
  return projects.current.gate([...args, '--out', out()], { bundled, ...options });
}

describe('builds that are the same are not measured', () => {
  test('an interpreted server, by its sources', async () => {
    await projects.current.write({ 'ignored/by': 'nobody', 'dist/x': 'but this is' });
    const { code, stdout, stderr } = await run(['--base', 'main', '--force']);
    // With --force, or with a file more, it is measured.
    expect(stdout).toMatch(/^inconclusive: /m);
    expect(stderr).toContain('round 1/1');
    expect(code).toBe(0);
    await projects.current.commit();
    const second = await run(['mine', '--base', 'HEAD']);
    expect(second.stdout).toMatch(/^pass: mine has the same files as at HEAD \(/m);
    expect(second.code).toBe(0);
    expect(await saved()).toMatchObject({
      state: 'complete',
      rounds: [],
      head: { label: 'working tree', commit: expect.any(String), clean: true, artifact: null },
      differences: { settings: [], files: [], moreFiles: 0 },
      judgement: { verdict: { outcome: 'pass', reason: 'identical' } },
    });
  });

  test('a built one, by what its build leaves', async () => {
    const config = gateConfig({ target: builtTarget });
    await projects.current.commit({ 'build.mjs': buildProgram, 'kvbench.config.json': config });
    await projects.current.write(changed);
    const { code, stdout, stderr } = await run(['--base', 'main']);
    expect(stderr).toMatch(/^built the base, main \(\w{7}\), in .*$/m);
    expect(stderr).toMatch(/^built the head, working tree, in .*$/m);
    expect(stdout).toMatch(/^pass: mine is built to the same bytes/m);
    expect(stdout).toMatch(/^binary size .* 1\.000× +reported$/m);
    expect(code).toBe(0);
    // The second time both come from the cache.
    expect((await run(['--base', 'main'])).stderr).not.toContain('built');
    // What builds it is known, and part of what a build is kept under: only what is new is built.
    await projects.current.write({ 'server.mjs': serverProgram({ note: 'a third' }) });
    const { stderr: third } = await run(['--base', 'main']);
    expect(third).toMatch(/^built the head/m);
    expect(third).not.toMatch(/^built the base/m);
    // Of a script nobody knows by what it builds: then both are built.
    const byScript = {
      ...builtTarget,
      build: { command: 'node build.mjs', shell: true, artifact: 'dist/server.mjs' },
    };
    await projects.current.commit({ 'kvbench.config.json': gateConfig({ target: byScript }) });
    for (const note of ['a fourth', 'a fifth']) {
      await projects.current.write({ 'server.mjs': serverProgram({ note }) });
      expect((await run(['--base', 'main'])).stderr).toMatch(/^built the base/m);
    }
  });

  test('two executables of a bundled target', async () => {
    const server = join(projects.current.state, 'server');
    await writeFile(server, `#!/usr/bin/env node\n${serverProgram()}`, { mode: 0o755 });
    const both = ['--base-artifact', server, '--head-artifact', server];
    const { code, stdout } = await run(['fixture', ...both]);
    expect(stdout).toContain('fixture: server (base) against server (head)');
    expect(code).toBe(0);
  });
});

describe('what is measured', () => {
  test('three rounds: the document has all that a replay needs', async () => {
    await projects.current.write(changed);
    const args = ['--base', 'main', '--rounds', '3', '--json'];
    const config = gateConfig({ gate: { ...lookAt(3), rounds: undefined } });
    await projects.current.commit({ 'kvbench.config.json': config });
    const { code, stdout } = await run(['--force', ...args]);
    const result = gateResultSchema.parse(JSON.parse(stdout));
    expect(result).toEqual(await saved());
    const schema = JSON.parse(await readFile(packagePath('schema/gate-v1.schema.json'), 'utf8'));
    const validate = validatorOf(schema);
    expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).toBe(true);
    expect(result.rounds).toHaveLength(3);
    expect(result.load).toMatchObject({ ratePerSecond: 200, connections: 2, durationMs: 50 });
    for (const round of result.rounds) {
      for (const arm of [round.base, round.head]) {
        expect(Object.keys(arm.operations)).toEqual(['get']);
        for (const figures of Object.values(arm.operations)) {
          expect(figures).toMatchObject({ answered: 10, errors: 0 });
        }
      }
    }
    expect(code).toBe(gateExitCode(result.judgement.verdict ?? { outcome: 'pass' }, result.policy));
    const replayed = await run(['--replay', out(), '--json']);
    expect(JSON.parse(replayed.stdout)).toEqual(result);
    expect(replayed.code).toBe(code);
  });

  test('two directories, two artifacts', async () => {
    const dirs = ['old', 'new'].map((name) => join(projects.current.state, name));
    for (const dir of dirs) {
      await mkdir(dir);
      await writeFile(join(dir, 'server.mjs'), serverProgram());
    }
    const [base = '', head = ''] = dirs;
    const { code, stdout } = await run(['--force', '--base-dir', base, '--head-dir', head]);
    expect(stdout).toMatch(/^inconclusive: the last look, at 1 round, left open whether/m);
    expect(code).toBe(0);
    expect(await saved()).toMatchObject({ base: { label: base, sourceHash: null } });
    await projects.current.commit({
      'kvbench.config.json': gateConfig({ target: builtTarget, run: { seed: 4 } }),
    });
    await writeFile(join(head, 'server.mjs'), serverProgram({ note: 'new' }));
    const files = ['--base-artifact', join(base, 'server.mjs')];
    const second = await run([...files, '--head-artifact', join(head, 'server.mjs')]);
    expect(second.code).toBe(0);
    expect(await saved()).toMatchObject({ seed: 4, base: { artifact: { toolchain: '' } } });
  });

  test('flags win over variables, those over gate and run of the config file', async () => {
    const config = gateConfig({
      gate: {
        metrics: ['p50', 'rss'],
        allowances: { p50: 0.2, 'post.p50': 0.4 },
        operations: ['get', 'post'],
      },
    });
    await projects.current.commit({ 'kvbench.config.json': config });
    await projects.current.write(changed);
    const env = { ...projects.current.env, KVBENCH_BASE: 'main', KVBENCH_ALLOW: 'p99=30%' };
    const flags = ['--allow', 'p50=25%', '--interleave', 'slice', '--rss-allowance', '3MiB'];
    const { code, stdout } = await run([...flags, '--on-inconclusive', 'fail'], { env });
    expect(stdout).toMatch(/^get P50 .* \+25 % /m);
    expect(stdout).toMatch(/^post P50 .* \+40 % /m);
    expect(stdout).toMatch(/^get CPU .* reported$/m);
    expect(code).toBe(4);
    const { policy } = await saved();
    expect(policy).toMatchObject({ interleave: 'slice', rssAllowanceBytes: 3 * 2 ** 20 });
    expect(policy.allowances).toMatchObject({ p50: 0.25, p99: 0.1, 'post.p50': 0.4 });
  });

  test('reports, annotations and a summary', async () => {
    await projects.current.write(changed);
    const summary = join(projects.current.state, 'summary.md');
    const env = { ...projects.current.env, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const report = (form: string) => join(projects.current.state, 'reports', form);
    const forms = ['junit', 'markdown', 'benchstat', 'text', 'github'];
    const reports = forms.flatMap((form) => ['--report', `${form}=${report(form)}`]);
    const { stdout, stderr } = await run(['--base', 'main', ...reports], { env });
    expect(stdout).toMatch(/^::warning title=kvbench gate%3A mine::inconclusive: /m);
    expect(stderr).not.toContain('::');
    const markdown = await readFile(report('markdown'), 'utf8');
    expect(await readFile(summary, 'utf8')).toBe(`${markdown}\n`);
    expect(await readFile(report('junit'), 'utf8')).toContain('<testsuite');
    expect(stdout).toBe(
      (await readFile(report('text'), 'utf8')) + (await readFile(report('github'), 'utf8')),
    );
    const json = await run(['--replay', out(), '--json'], { env });
    expect(JSON.parse(json.stdout)).toEqual(await saved());
    expect(json.stderr).toContain('::warning');
    const nowhere = { ...env, GITHUB_STEP_SUMMARY: projects.current.state };
    const third = await run(['--replay', out()], { env: nowhere });
    expect(third.stderr).toContain("the job's summary can't be written");
    expect(third.code).toBe(0);
  });

  test('no more keys than the time of a round has room for, unless so many are asked for', async () => {
    // A key takes it a fifth of a millisecond, and each build has 60 ms of load.
    const slow = (note: string) => serverProgram({ name: 'burn', after: 200, note });
    const config = gateConfig({ run: { keys: undefined } });
    await projects.current.commit({ 'server.mjs': slow('base'), 'kvbench.config.json': config });
    await projects.current.write({ 'server.mjs': slow('head') });
    const fewer = { code: 'fewer-keys' };
    expect((await run(['--base', 'main'])).stdout).toContain('so 100 are stored');
    expect(await saved()).toMatchObject({
      load: { keys: 100 },
      warnings: expect.arrayContaining([expect.objectContaining(fewer)]),
    });
    await run(['--base', 'main', '--keys', '300']);
    const asked = await saved();
    expect(asked.load?.keys).toBe(300);
    expect(asked.warnings).not.toContainEqual(expect.objectContaining(fewer));
  });

  test('rounds end with the time budget', async () => {
    await projects.current.write({
      ...changed,
      'kvbench.config.json': gateConfig({ gate: { ...lookAt(2), timeBudgetMs: 1000 } }),
    });
    const { code, stdout } = await run(['--base', 'main', '--duration', '1200ms']);
    expect(stdout).toMatch(/^inconclusive: the time budget ended before it was known whether/m);
    expect((await saved()).rounds).toHaveLength(1);
    expect(code).toBe(0);
  });

  test('and with the wait that is allowed, of which builds are a part', async () => {
    await projects.current.write({
      ...changed,
      'kvbench.config.json': gateConfig({ gate: lookAt(9) }),
    });
    // Nine rounds take twice that, and until the first one a busy machine takes some seconds.
    const wait = ['--duration', '1200ms', '--max-wait', '10s'];
    const { code, stdout, stderr } = await run(['--base', 'main', ...wait]);
    expect(stdout).toMatch(/^inconclusive: the wait that was allowed ended before it was known/m);
    expect(stdout).toContain('next: Let it take longer');
    expect(stderr).toMatch(/9 rounds to the next look, about \d+ (s|min)/);
    const { rounds, waitedMs = 0 } = await saved();
    expect(rounds.length).toBeLessThan(9);
    expect(waitedMs).toBeLessThan(60_000);
    expect(code).toBe(0);
    const replayed = await run(['--replay', out()]);
    expect(replayed.stdout).toContain('the wait that was allowed');
    const none = await run(['--base', 'main', '--max-wait', '1ms', '--on-inconclusive', 'fail']);
    expect(none.code).toBe(4);
    expect(await saved()).toMatchObject({ state: 'complete', rounds: [] });
  });

  test.each([
    ['head', 'wrong-body'],
    ['base', 'wrong-status'],
  ] as const)('wrong answers of the %s are exit 4 (%s)', async (arm, name) => {
    // Fewer than a round has, more than an examination asks for.
    const faulty = { 'server.mjs': serverProgram({ name, after: 5 }) };
    const config = { 'kvbench.config.json': gateConfig({ gate: lookAt(6) }) };
    await projects.current.commit({ ...config, ...(arm === 'base' && faulty) });
    await projects.current.write(arm === 'head' ? faulty : changed);
    const { code, stdout } = await run(['--base', 'main']);
    expect(stdout).toMatch(
      new RegExp(`^untrusted: [\\d,]+ wrong or missing answers? from ${arm} get`, 'm'),
    );
    expect(code).toBe(4);
    // What can't change any more is not measured.
    expect(await saved()).toMatchObject({ state: 'complete', rounds: [{ number: 1 }] });
  });

  test('a head that dies is exit 3', async () => {
    // A hundred store the keys.
    await projects.current.write({ 'server.mjs': serverProgram({ name: 'die', after: 105 }) });
    const { code, stderr } = await run(['--base', 'main']);
    expect(stderr).toMatch(/^error: head .* while it was needed/m);
    expect(code).toBe(3);
  });
});

describe('for programs', () => {
  const call = (options: Partial<GateOptions>) =>
    projects.current.leavingNothing(() =>
      gate({ cwd: projects.current.path, cacheDir: projects.current.cache, ...options }),
    );

  test('gate resolves to the result, and a replay to another', async () => {
    await projects.current.write(changed);
    const seen: string[] = [];
    const result = await call({
      base: 'main',
      // The native engine would be compiled for this test.
      settings: { seed: 3, engine: 'undici' },
      policy: { onInconclusive: 'fail' },
      onEvent: ({ type }) => seen.push(type),
    });
    expect(result).toMatchObject({ target: 'mine', state: 'complete', seed: 3 });
    expect(seen.at(-1)).toBe('gate-result');
    expect(await replayGate(result)).toEqual(result);
    const { policy, judgement } = await replayGate(result, { metrics: ['cpu'] });
    expect(policy).toMatchObject({ metrics: ['cpu'], onInconclusive: 'fail', rounds: 1 });
    expect(judgement.metrics.find(({ name }) => name === 'rss')?.verdict).toBe('reported');
  });

  test('what can not be gated rejects with a KvbenchError', async () => {
    await expect(call({ base: 'nope' })).rejects.toThrow(KvbenchError);
    await expect(call({})).rejects.toThrow('Nothing says what to compare with.');
  });
});

describe('an interrupt, in every phase: 130, and nothing is left', () => {
  const config = gateConfig({ target: builtTarget });
  const slowBuild = 'setTimeout(() => {}, 60_000);';

  test.each([
    ['build of the base', /building the base/, slowBuild, buildProgram],
    ['build of the head', /building the head/, buildProgram, slowBuild],
    ['examination', /base answers as described/, buildProgram, buildProgram],
    ['first round', /round 1\/1/, buildProgram, buildProgram],
  ])('%s', async (_, when, base, head) => {
    await projects.current.commit({ 'build.mjs': base, 'kvbench.config.json': config });
    await projects.current.write({ 'build.mjs': head, 'server.mjs': serverProgram({ after: 7 }) });
    const abort = new AbortController();
    const { code, stdout } = await run(['--base', 'main'], {
      signal: abort.signal,
      onStderr: (text) => {
        if (when.test(text)) abort.abort(new KvbenchError('interrupted', 'Stop.', 'Ended.'));
      },
    });
    expect(code).toBe(130);
    expect(stdout).toBe('');
    await expect(saved()).rejects.toThrow('ENOENT');
  });

  test('later rounds: what was measured is saved and printed, and can be replayed', async () => {
    await projects.current.write({
      ...changed,
      'kvbench.config.json': gateConfig({ gate: lookAt(9) }),
    });
    const abort = new AbortController();
    const { code, stdout, stderr } = await run(['--base', 'main'], {
      signal: abort.signal,
      onStderr: (text) => {
        if (/round 3\/9/.test(text))
          abort.abort(new KvbenchError('interrupted', 'Stop.', 'Ended.'));
      },
    });
    expect(code).toBe(130);
    expect(stdout).toContain('no verdict: the session was interrupted before there was one.');
    expect(stderr).toContain(`saved to ${out()}`);
    expect(await saved()).toMatchObject({
      state: 'interrupted',
      rounds: [{ number: 1 }, { number: 2 }],
    });
    const again = await run(['--replay', out()]);
    expect(again.stdout).toContain('rounds that were never measured');
    expect(again.code).toBe(0);
    const fewer = await cli(['gate', '--replay', out(), '--rounds', '3'], {
      cwd: projects.current.path,
    });
    expect(fewer.stderr).toContain('rounds of the gate must be 9 or more');
    expect(fewer.code).toBe(2);
  });
});
