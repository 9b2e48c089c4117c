import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packagePath } from '../../src/package.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-action-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const action = async () => parse(await readFile(packagePath('action.yml'), 'utf8'));

/**
 * A stand-in that writes down its arguments, leaves a result a target, and ends as it is told to; of one
 * outcome it is the only target, and `none` has no verdict.
 */
const standIn = `#!${process.execPath}
const fs = require('fs');
fs.writeFileSync('args.json', JSON.stringify(process.argv.slice(2)));
const { OUTCOMES, CODE } = process.env;
const out = process.argv.find((arg) => arg.startsWith('--out=')).slice(6);
fs.mkdirSync(require('path').dirname(out), { recursive: true });
const outcomes = OUTCOMES.split(' ').filter(Boolean);
for (const [index, outcome] of outcomes.entries()) {
  const path = outcomes.length === 1 ? out : out.replace(/json$/, 'target-' + index + '.json');
  const verdict = outcome === 'none' ? null : { outcome };
  fs.writeFileSync(path, JSON.stringify({ judgement: { verdict } }));
}
process.exit(Number(CODE));
`;

interface Options {
  inputs?: Record<string, string>;
  outcomes?: string;
  code?: number;
  /** Where the sources of the action are; null: the project has a kvbench of its own. */
  actionPath?: string | null;
  env?: Record<string, string>;
}

/** Runs the action's one step with these inputs, as the runner of GitHub does. */
async function run({
  inputs = {},
  outcomes = 'pass',
  code = 0,
  actionPath = null,
  env: more = {},
}: Options) {
  const { inputs: known, runs } = await action();
  const [step] = runs.steps;
  const value = (expression: string) => {
    const [, name = ''] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression) ?? [];
    return inputs[name] ?? known[name].default;
  };
  const env = Object.fromEntries(
    Object.entries<string>(step.env).map(([name, expression]) => [name, value(expression)]),
  );
  if (actionPath === null) await program(join(dir, 'node_modules/.bin/kvbench'), standIn);
  await writeFile(join(dir, 'step.sh'), step.run);
  const output = join(dir, 'output');
  await rm(output, { force: true });
  const { exitCode } = await execa(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', 'step.sh'],
    {
      cwd: dir,
      reject: false,
      env: {
        ...env,
        GITHUB_OUTPUT: output,
        RUNNER_TEMP: dir,
        GITHUB_ACTION_PATH: actionPath ?? dir,
        OUTCOMES: outcomes,
        CODE: String(code),
        ...more,
      },
    },
  );
  const args: string[] = JSON.parse(await readFile(join(dir, 'args.json'), 'utf8'));
  const lines = (await readFile(output, 'utf8')).trimEnd().split('\n');
  const outputs = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  return { exitCode, args, outputs };
}

async function program(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}

test.each([
  ['pass', 0, 'pass'],
  ['inconclusive', 0, 'inconclusive'],
  ['regression', 1, 'regression'],
  ['', 2, 'none'],
  ['none', 3, 'none'],
  ['untrusted', 4, 'untrusted'],
  ['inconclusive', 4, 'inconclusive'],
  ['', 130, 'none'],
  ['pass regression inconclusive', 1, 'regression'],
  ['pass inconclusive', 0, 'inconclusive'],
  ['inconclusive none pass', 3, 'none'],
])('results (%s) and exit code %i: %s', async (outcomes, code, verdict) => {
  const { exitCode, args, outputs } = await run({ outcomes, code });
  expect(exitCode).toBe(code);
  expect(outputs).toEqual({
    verdict,
    'exit-code': String(code),
    'report-dir': expect.stringMatching(new RegExp(`^${join(dir, 'kvbench-')}\\w+$`)),
  });
  expect(args.slice(0, 2)).toEqual(['gate', '--base=HEAD^1']);
});

test('two uses in a job have a directory each, and one that is named has no old verdict', async () => {
  const [first, second] = [await run({}), await run({})];
  expect(first.outputs['report-dir']).not.toBe(second.outputs['report-dir']);
  const inputs = { 'report-dir': join(dir, 'reports') };
  await run({ inputs, outcomes: 'regression pass', code: 1 });
  expect((await run({ inputs, outcomes: '', code: 2 })).outputs).toEqual({
    verdict: 'none',
    'exit-code': '2',
    ...inputs,
  });
});

test("without a kvbench of the project's the sources of the action are built, once", async () => {
  const actionPath = join(dir, 'action');
  await program(join(actionPath, 'bin/kvbench.js'), standIn);
  await program(join(dir, 'path/npm'), `#!/bin/sh\necho "npm $*" >> "${dir}/npm"\nmkdir dist\n`);
  const env = { PATH: `${join(dir, 'path')}:${process.env['PATH']}` };
  for (const _ of [1, 2]) {
    const { exitCode, outputs } = await run({ actionPath, env, outcomes: 'regression', code: 1 });
    expect([exitCode, outputs['verdict']]).toEqual([1, 'regression']);
  }
  expect(await readFile(join(dir, 'npm'), 'utf8')).toBe('npm ci\n');
});

test('inputs are arguments, whatever is in them, and never part of the script', async () => {
  const evil = '$(touch evil); "x" \'y\' `z` *';
  const inputs = {
    target: '--out=x',
    base: evil,
    config: evil,
    args: `--allow\n${evil}\n\n--force\n`,
    'report-dir': './a b',
  };
  const { args } = await run({ inputs });
  expect(args).toEqual([
    'gate',
    `--base=${evil}`,
    ...['--out=./a b/gate.json', '--report=junit=./a b/gate.xml'],
    '--report=markdown=./a b/gate.md',
    `--config=${evil}`,
    ...['--allow', evil, '--force', '--', '--out=x'],
  ]);
  for (const step of (await action()).runs.steps) expect(step.run).not.toContain('${{');
});
