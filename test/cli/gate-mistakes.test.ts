import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundledAnd, cli as cliWith, fixtureTarget } from '../helpers/cli.js';
import {
  buildProgram,
  builtTarget,
  gateConfig,
  serverProgram,
  useGatedProject,
} from '../helpers/gated.js';
import { readJunit } from '../helpers/junit.js';
import { git } from '../helpers/repository.js';

const bundled = bundledAnd(fixtureTarget());
const cli: typeof cliWith = (args, options) => cliWith(args, { bundled, ...options });

const projects = useGatedProject();

type Options = Parameters<typeof cli>[1];

/** Runs a gate that must fail: it says why and what to do, and leaves nothing. */
async function mistake(args: readonly string[], options: Options = {}) {
  const { code, stdout, stderr } = await projects.current.gate(args, { bundled, ...options });
  expect(stderr).toMatch(/^error: .*\.\n {2}.*\.$/m);
  expect(stderr).not.toContain('has a bug');
  // Where there were two builds to be made, it says that there is no verdict; else nothing.
  if (code === 3) expect(stdout).toMatch(/^no verdict: /m);
  else expect(stdout).toBe('');
  return { code, stderr };
}

const withTarget = (target: object, gate: object = {}) => ({
  'kvbench.config.json': gateConfig({ target: { ...target }, gate }),
});

test('a list of workers, of which one must be chosen: exit 2', async () => {
  const files = { 'kvbench.config.json': gateConfig({ run: { workers: [1, 2, 4] } }) };
  await projects.current.write(files);
  const { code, stderr } = await mistake(['--base', 'main']);
  expect(code).toBe(2);
  expect(stderr).toContain('is a list, 1, 2, 4, and a gate compares two builds with one number');
  expect(stderr).toMatch(/kvbench\.config\.json\S*\)/);
  expect(stderr).toContain('--workers 1');
});

describe('what is asked for: exit 2', () => {
  test.each([
    [['--base', 'nope'], 'There is no commit named "nope"'],
    [['--base', '--output=x'], 'There is no commit named "--output=x"'],
    [['--base=-x'], 'There is no commit named "-x"'],
    [[], 'Nothing says what to compare with.'],
    [['--base', 'main', '--base-dir', '.'], 'What is to be compared is not clear.'],
    [['--base-dir', '.'], 'What is to be compared is not clear.'],
    [['--base-dir', '.', '--head-dir', 'nope'], 'There is no directory'],
    [
      ['--base-artifact', 'nope', '--head-artifact', 'x'],
      'does not say how an artifact is started',
    ],
    [['fixture', '--base-artifact', 'nope', '--head-artifact', 'x'], 'Correct --base-artifact.'],
    [['minr', '--base', 'main'], 'Did you mean mine?'],
    [['null-go', '--base', 'main'], '"null-go" has no store that a change could make slower'],
    [['--base', 'main', '--metrics', 'p98'], 'metrics.0 of the gate is the text "p98"'],
    [['--base', 'main', '--allow', 'gte.p50=5%'], 'names gte.p50, which is no figure of the gate'],
    [['--base', 'main', '--rounds', '0'], '--rounds'],
    [['--base', 'main', '--operations', 'put'], '--operations names put'],
    [['--base', 'main', '--report', 'junit=kvbench.config.json/x'], '--report FORM=FILE'],
    [['--base', 'main', '--out', 'kvbench.config.json/x'], '--out FILE'],
    [['--replay', 'nope.json'], 'nope.json does not exist.'],
    [['--replay', 'kvbench.config.json'], 'is JSON, but no result of `kvbench gate`'],
    [['--replay', 'x', '--rate', '5'], "can't heed --rate."],
    [['--replay', 'x', '--base', 'main'], "can't heed --base."],
    [['mine', '--replay', 'x'], "can't heed a target."],
  ])('%j', async (args, message) => {
    const { code, stderr } = await mistake(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    // Nothing was built for it, and nothing measured.
    expect(stderr).not.toMatch(/built|keeps|round \d/);
  });

  test.each([
    [['--base', 'main', '--report', 'html=x'], 'forms: text, markdown, junit'],
    [['--base', 'main', '--allow', 'p50'], 'as p50=5% or get.p99=0.1'],
    [['--base', 'main', '--interleave', 'none'], 'Allowed choices are request, slice'],
  ])('%j, which is no form of a flag', async (args, message) => {
    const { code, stderr } = await cli(['gate', ...args], { cwd: projects.current.path });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('a server that runs already, one with a port of its own, several servers', async () => {
    const url = { mine: { url: 'http://127.0.0.1:1', contract: true } };
    await projects.current.write({ 'kvbench.config.json': JSON.stringify({ targets: url }) });
    expect(await mistake(['--base', 'main'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/mine runs already \(kvbench\.config\.json:.*no two builds/),
    });
    const command = [process.execPath, 'server.mjs', '--addr=127.0.0.1:7777'];
    await projects.current.commit(withTarget({ start: { command, port: 7777 } }));
    expect(await mistake(['--base', 'main', '--force'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('both want port 7777'),
    });
    const both = { a: url.mine, b: url.mine };
    await projects.current.write({ 'kvbench.config.json': JSON.stringify({ targets: both }) });
    expect((await mistake(['--base', 'main'])).stderr).toContain('Name one: a, b.');
  });
});

describe('what is there', () => {
  test('a directory that the base did not have', async () => {
    await projects.current.commit({ 'kvbench.config.json': '{}' });
    await projects.current.write({
      'app/server.mjs': serverProgram(),
      ...withTarget({ dir: 'app' }),
    });
    const { code, stderr } = await mistake(['--base', 'main']);
    expect(stderr).toMatch(/app is not in main \(\w{7}\), so there is nothing to compare\./);
    expect(stderr).toContain('Name a later --base');
    expect(code).toBe(2);
  });

  test('a directory that git ignores', async () => {
    await projects.current.commit({
      'app/server.mjs': serverProgram(),
      ...withTarget({ dir: 'app' }),
    });
    await projects.current.git('rm', '-r', '--quiet', '--cached', 'app');
    await projects.current.write({ '.gitignore': 'app\n' });
    const { code, stderr } = await mistake(['--base', 'main']);
    expect(stderr).toContain('app is not in working tree');
    expect(stderr).toContain('git ignores it, perhaps');
    expect(code).toBe(2);
  });

  test.each(['base', 'head'] as const)(
    'a %s that does not build: exit 3, by its name',
    async (arm) => {
      const broken = { 'build.mjs': 'console.error("no such symbol"); process.exit(1);' };
      const fine = { 'build.mjs': buildProgram };
      await projects.current.commit({
        ...(arm === 'base' ? broken : fine),
        ...withTarget(builtTarget),
      });
      await projects.current.write({ ...(arm === 'head' ? broken : fine), 'server.mjs': '' });
      const { code, stderr } = await mistake(['--base', 'main']);
      const label = arm === 'base' ? 'main \\(\\w{7}\\)' : 'working tree';
      expect(stderr).toMatch(new RegExp(`^error: The ${arm}, ${label}: mine did not build`, 'm'));
      expect(stderr).toContain('no such symbol');
      expect(code).toBe(3);
    },
  );

  test.each([
    ['head', 'It is working tree; see what the change does to its answers.'],
    ['base', 'from before the contract, perhaps: then name a later --base, or'],
  ] as const)('a %s that does not keep the contract: exit 3', async (arm, hint) => {
    const broken = { 'server.mjs': serverProgram({ name: 'contract' }) };
    await projects.current.commit({
      ...(arm === 'base' && broken),
      ...withTarget({ contract: true }),
    });
    await projects.current.write(arm === 'head' ? broken : { 'server.mjs': serverProgram() });
    const env = { ...projects.current.env, GITHUB_ACTIONS: 'true' };
    const { code, stderr } = await mistake(['--base', 'main'], { env });
    expect(stderr).toContain(`${arm} does not keep the contract`);
    expect(stderr).toContain(hint);
    expect(stderr).toMatch(new RegExp(`^::error title=kvbench::${arm} does not keep`, 'm'));
    expect(code).toBe(3);
  });

  test('a head that does not start is told by every report that was asked for', async () => {
    await projects.current.write({ 'server.mjs': 'throw new Error("cannot find module x");' });
    const file = (name: string) => join(projects.current.state, name);
    const reports = ['junit', 'markdown', 'json'].flatMap((form) => [
      ...['--report', `${form}=${file(form)}`],
    ]);
    const args = ['gate', '--base', 'main', '--out', file('out.json'), ...reports];
    const options = { cwd: projects.current.path, env: projects.current.env };
    const { code } = await cli(args, options);
    expect(code).toBe(3);
    const read = (name: string) => readFile(file(name), 'utf8');
    expect(await read('junit')).toMatch(/<error message="no verdict: .*head/);
    expect(await read('markdown')).toContain('no verdict');
    for (const name of ['json', 'out.json']) {
      expect(JSON.parse(await read(name))).toMatchObject({
        state: 'failed',
        failure: expect.stringContaining('head'),
        judgement: { verdict: null },
      });
    }
  });

  test('a head that does not start: exit 3, with its own words', async () => {
    await projects.current.write({ 'server.mjs': 'throw new Error("cannot find module x");' });
    const { code, stderr } = await mistake(['--base', 'main']);
    expect(stderr).toMatch(/^error: head /m);
    expect(stderr).toContain('cannot find module x');
    expect(code).toBe(3);
  });
});

describe('for git bisect', () => {
  const gate = (...args: string[]) =>
    cli(['gate', '--bisect', '--base', 'main', ...args], {
      cwd: projects.current.path,
      env: projects.current.env,
    });

  test('a commit that can not be judged is skipped; one that is asked wrongly stops it', async () => {
    expect((await gate()).code).toBe(0);
    await projects.current.write({ 'server.mjs': 'process.exit(1);' });
    expect((await gate()).code).toBe(125);
    await projects.current.write({ 'server.mjs': serverProgram({ note: 'another' }) });
    // Of one round nothing is known.
    expect((await gate()).code).toBe(125);
    expect((await gate('--base', 'nope')).code).toBe(255);
    expect((await gate('--no-such-flag')).code).toBe(255);
  });
});

test('what ends before there is anything to compare is told by reports and summary, too', async () => {
  const file = (name: string) => join(projects.current.state, name);
  const forms = ['junit', 'markdown', 'text'];
  const env = {
    ...projects.current.env,
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: file('summary'),
  };
  const reports = forms.flatMap((form) => ['--report', `${form}=${file(form)}`]);
  const { code } = await mistake(['--base', 'nope', ...reports], { env });
  expect(code).toBe(2);
  for (const name of [...forms, 'summary']) {
    expect(await readFile(file(name), 'utf8'), name).toMatch(/There is no commit named/);
  }
  expect(readJunit(await readFile(file('junit'), 'utf8')).counts).toMatchObject({ error: 1 });
});

describe('the repository', () => {
  test('a shallow clone: it says what to fetch, and then goes on', async () => {
    await projects.current.commit({ 'server.mjs': serverProgram({ note: 'second' }) });
    const clone = join(projects.current.dir, 'clone');
    await git(
      projects.current.dir,
      'clone',
      '--quiet',
      '--depth=1',
      `file://${projects.current.path}`,
      clone,
    );
    const { code, stderr } = await mistake(['--base', 'HEAD~1'], { cwd: clone });
    expect(stderr).toContain('The clone is shallow: fetch the commit first');
    expect(code).toBe(2);
    await git(clone, 'fetch', '--quiet', '--depth=1', 'origin', 'main');
    const after = await cli(
      ['gate', '--base', 'FETCH_HEAD', '--out', join(projects.current.state, 'x')],
      {
        cwd: clone,
        env: projects.current.env,
      },
    );
    expect(after.stdout).toMatch(/^pass: .* at FETCH_HEAD \(/m);
    expect(after.code).toBe(0);
  });

  test('none around the target: exit 2', async () => {
    await rm(join(projects.current.path, '.git'), { recursive: true });
    const { code, stderr } = await mistake(['--base', 'main']);
    expect(stderr).toContain('git knows no repository around');
    expect(stderr).toContain('--base-dir');
    expect(code).toBe(2);
  });

  test("another user's: git's own words are shown", async () => {
    process.env['GIT_TEST_ASSUME_DIFFERENT_OWNER'] = '1';
    const { code, stderr } = await mistake(['--base', 'main']);
    expect(stderr).toContain('safe.directory');
    expect(code).toBe(2);
  });

  test('no git on the PATH: exit 2', async () => {
    process.env['PATH'] = projects.current.state;
    const { code, stderr } = await mistake(['--base', 'main']);
    expect(stderr).toContain('There is no `git` on the PATH.');
    expect(code).toBe(2);
  });
});

/** A file system of so many bytes, or null where nobody may make one. */
async function tinyDisk(dir: string, size: string): Promise<string | null> {
  await mkdir(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'ignore' });
    return dir;
  } catch {
    return null;
  }
}

describe('a full disk: exit 2, and nothing is left', () => {
  let disk: string | null;
  beforeEach(async () => {
    disk = await tinyDisk(join(projects.current.state, 'disk'), '64k');
  });
  afterEach(() => {
    if (disk) execFileSync('umount', [disk]);
  });

  test('for the sources', async (context) => {
    if (!disk) return context.skip('only root can mount a small file system');
    await projects.current.commit({ large: 'x'.repeat(100_000) });
    await projects.current.write({ larger: 'y'.repeat(100_000) });
    const env = { ...projects.current.env, XDG_CACHE_HOME: disk };
    const { code, stderr } = await mistake(['--base', 'main'], { env });
    expect(stderr).toMatch(/error: `git [a-z-]+` failed\./);
    expect(stderr).toContain('unable to write file');
    expect(code).toBe(2);
  });

  test('for what is built', async (context) => {
    if (!disk) return context.skip('only root can mount a small file system');
    const large = "writeFileSync('dist/server.mjs', 'x'.repeat(1e5));";
    const build = `import { mkdirSync, writeFileSync } from 'node:fs'; mkdirSync('dist'); ${large}`;
    const dirs = ['old', 'new'].map((name) => join(projects.current.state, name));
    for (const dir of dirs) {
      await mkdir(dir);
      await writeFile(join(dir, 'build.mjs'), build);
    }
    await projects.current.commit(withTarget(builtTarget));
    const env = { ...projects.current.env, XDG_CACHE_HOME: disk };
    const [base = '', head = ''] = dirs;
    const { code, stderr } = await mistake(['--base-dir', base, '--head-dir', head], { env });
    expect(stderr).toContain('There is no space left for what is built');
    expect(stderr).toContain('XDG_CACHE_HOME');
    expect(code).toBe(2);
  });

  test('for the result', async (context) => {
    if (!disk) return context.skip('only root can mount a small file system');
    await writeFile(join(disk, 'full'), 'x'.repeat(64 * 1024));
    const out = join(disk, 'gate.json');
    const { code, stderr } = await projects.current.gate(['--base', 'main', '--out', out]);
    expect(stderr).toMatch(/The result can't be written to .*: ENOSPC/);
    expect(code).toBe(2);
  });
});
